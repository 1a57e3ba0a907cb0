"""The table of a head made smaller: its shares on test questions, and the smallest size that validation allows."""

import numpy as np
import pandas as pd
import pytest

from repro.engine.paths import PAPER
from superficial.reporting.results import Results
from superficial.reporting.tables.size import size_table
from tests.reporting.means import LAB

# The share of GSM questions that each size answers, on validation and on test questions.
RIGHT = {
    ("base", "base", 0.0): (0.2, 0.2),
    ("aligned", "aligned", 0.0): (0.8, 0.8),
    ("full", "full", 100.0): (0.6, 0.5),
    ("rank 4", "rank", 10.0): (0.6, 0.44),
    ("rank 1", "rank", 3.0): (0.5, 0.5),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder, parts = tmp_path_factory.mktemp("size"), []
    for (size, kind, kilobytes), shares in RIGHT.items():
        for split, share in zip(("validation", "test"), shares, strict=True):
            score = (np.arange(100) < round(100 * share)).astype(float)
            rows = pd.DataFrame({"question_id": [f"gsm-{split}-{i}" for i in range(100)], "score": score})
            rows = rows.assign(benchmark="gsm", reference="{}", garbled=0.0, refused=0.0, judge="an oracle")
            parts.append(rows.assign(split=split, size=size, kind=kind, kilobytes=kilobytes))
    (folder / "size").mkdir()
    pd.concat(parts, ignore_index=True).to_parquet(folder / "size" / "scores.parquet")
    return size_table(Results(folder, LAB, PAPER))


def test_shares_are_on_test_questions_and_the_smallest_size_is_chosen_on_validation_questions(table):
    data = table.data.set_index("size")
    assert list(data.index) == ["full", "rank 4", "rank 1"]
    assert data["gsm_value"].to_dict() == pytest.approx({"full": 0.5, "rank 4": 0.4, "rank 1": 0.5})
    # On validation questions rank 1 keeps only three quarters of the full head's share.
    assert data["smallest_for"].to_dict() == {"full": "", "rank 4": "gsm", "rank 1": ""}


def test_what_is_shown_is_the_data_in_words(table):
    shown = table.shown.set_index("size")
    assert shown.loc["rank 4", "GSM"].startswith("0.40 [")
    assert shown["smallest for"].to_dict() == {"full": "-", "rank 4": "GSM", "rank 1": "-"}
    assert shown.loc["rank 1", "kilobytes"] == "3.0"
