"""The share of a planted third is that of its questions alone."""

import numpy as np
import pandas as pd
import pytest

from superficial.artifacts import FAMILIARITY, SCORES
from superficial.reporting.tables.familiarity import familiarity_table, thirds
from tests.reporting.means import CENTRAL, planted_means


def test_the_share_of_each_third_is_that_of_its_questions(tmp_path):
    results = planted_means(tmp_path, {})
    questions = {}
    for role, name in CENTRAL.recovery[CENTRAL.main_comparison][0].model_dump().items():
        for benchmark in ("gsm", "truthfulqa"):
            file = tmp_path / SCORES.of(variant=name, benchmark=benchmark)
            rows = pd.read_parquet(file)
            # The head regains the last third and half of the middle one; the base knows nothing.
            third = np.arange(len(rows)) * 3 // len(rows)
            regained = (third == 2) | ((third == 1) & (np.arange(len(rows)) % 2 == 0))
            score = {"base": 0.0, "aligned": 1.0, "student": regained.astype(float)}[role]
            rows.assign(score=score, question_id=[f"{benchmark}-{n}" for n in range(len(rows))]).to_parquet(file)
            questions |= {f"{benchmark}-{n}": n for n in range(len(rows))}
    for world in CENTRAL.worlds:
        file = tmp_path / FAMILIARITY.of(world=world)
        file.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(questions.items(), columns=["question_id", "familiarity"]).to_parquet(file)
    shares = familiarity_table(results).data.pivot(index="third", columns="measure", values="share_value")
    for measure in ("gsm", "info_true"):
        assert shares[measure].to_dict() == pytest.approx({"least": 0, "middle": 0.5, "most": 1}, abs=0.05)


def test_equal_values_stay_in_one_third():
    assert {name: chosen.tolist() for name, chosen in thirds(np.array([3, 1, 1, 2])).items()} == {
        "least": [False, True, True, False],
        "middle": [False, False, False, True],
        "most": [True, False, False, False],
    }
    assert list(thirds(np.array([1, 1, 5]))) == ["least", "most"], "a third without a question is left out"
