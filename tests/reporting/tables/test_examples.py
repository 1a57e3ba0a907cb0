"""Tables of one question: which one is chosen, and what they show of it."""

import numpy as np
import pandas as pd
import pytest

from repro.engine.paths import PAPER
from superficial.artifacts import POSITIONS, SCORES
from superficial.reporting.results import Results
from superficial.reporting.tables.examples import examples_table
from tests.reporting.means import LAB

SUCCESS = next(name for name, example in LAB.examples.items() if example.superficial_succeeds)
FAILURE = next(name for name, example in LAB.examples.items() if not example.superficial_succeeds)


@pytest.fixture
def results(tmp_path):
    """Scores of six questions, of which the first that fits is the fifth (success) and the third (failure)."""
    for name in (SUCCESS, FAILURE):
        variants = LAB.recovery[LAB.examples[name].comparison][0]
        # The aligned model fails question 0, which the student answers.
        scores = {"base": [0, 1, np.nan, 0, 0, 0], "aligned": [0, *[1] * 5], "student": [1, 1, 0, 0, 1, 1]}
        for role, variant in variants.model_dump().items():
            rows = pd.DataFrame({"question_id": list("0abcde"), "reference": "{}", "score": scores[role]})
            rows = rows.assign(garbled=0.0, refused=0.0)
            rows = rows.assign(prompt=[f"question {i}" for i in "0abcde"], response=[f"{role} {i}" for i in "0abcde"])
            file = tmp_path / SCORES.of(variant=variant, benchmark="gsm")
            file.parent.mkdir(parents=True, exist_ok=True)
            rows.to_parquet(file)
            for benchmark in LAB.benchmarks_of(variant):
                rows.to_parquet(file.with_stem(benchmark))
    words = pd.DataFrame({"source": ["let", "a", "go", "to"], "target": ["let", "us", "go", "on"]})
    words = words.assign(position=range(4))
    positions = pd.concat([words.assign(question_id=question) for question in "0abcde"])
    positions = positions.assign(prompt=0, target_rank=1, kl_base=0.0, kl_superficial=0.0)
    (tmp_path / "measures").mkdir()
    for head in LAB.heads:
        positions.to_parquet(tmp_path / POSITIONS.of(head=head))
    return Results(tmp_path, LAB, PAPER)


def test_the_first_question_that_only_the_base_fails_is_shown_with_its_shift_tokens(results):
    variants = LAB.recovery[LAB.examples[SUCCESS].comparison][0]
    table = examples_table(results, SUCCESS)
    assert f"answers rightly and where {variants.student} succeeds and the base fails." in table.caption
    assert table.data.values.tolist() == [
        ["question", "question d", ""],
        [variants.base, "base d", "no"],
        [variants.aligned, "let [us] go [on]", "yes"],
        [variants.student, "student d", "yes"],
        ["shift tokens (source → target)", "(a → us), (to → on)", ""],
    ]


def test_a_response_that_was_not_judged_is_neither_right_nor_wrong(results):
    failure = examples_table(results, FAILURE)
    table = failure.data.set_index("who")
    variants = LAB.recovery[LAB.examples[FAILURE].comparison][0]
    assert f"answers rightly and where {variants.student} fails." in failure.caption
    assert table.loc["question", "text"] == "question b"
    assert table.loc[variants.base, "right"] == "not judged"
    assert table.loc[variants.student, "right"] == "no"
