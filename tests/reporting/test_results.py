"""Results are read once, in their declared columns, and refused where they changed."""

from pathlib import Path

import pandas as pd
import pytest

from repro.engine.paths import PAPER
from superficial.artifacts import SCORES
from superficial.reporting.provenance import write_record
from superficial.reporting.results import Results
from tests.reporting.means import CENTRAL, LAB, planted_means
from tests.reporting.records import record_of


def test_the_files_that_were_read_are_listed_once_in_order(central):
    results = Results(central.folder, CENTRAL, PAPER)
    for _ in range(2):
        results.positions("small")
        results.scores("Small")
    read = [Path(SCORES.of(variant="Small", benchmark=name)) for name in sorted(CENTRAL.benchmarks_of("Small"))]
    assert results.files_read == [Path("measures/small.parquet"), *read]


def test_second_judges_replace_the_first_only_where_there_are_second_judges(tmp_path):
    results = planted_means(tmp_path, second={"Small": {"advbench": 1, "gsm": 0.9}})
    seconded = results.with_second_judges()
    assert seconded.scores("Small")["advbench"]["score"].mean() == 1
    assert results.scores("Small")["advbench"]["score"].mean() == 5
    assert seconded.scores("Small")["gsm"]["score"].mean() == pytest.approx(0.2)


def test_a_file_that_changed_since_it_was_recorded_is_refused(tmp_path):
    planted_means(tmp_path)
    recorded = [file.relative_to(tmp_path).as_posix() for file in SCORES.files_in(tmp_path)]
    write_record(tmp_path, record_of(tmp_path, "score", outputs=tuple(recorded)))
    assert len(Results(tmp_path, CENTRAL, PAPER).scores("Small")["gsm"]) == 100
    file = tmp_path / SCORES.of(variant="Small", benchmark="gsm")
    pd.read_parquet(file).assign(score=1.0).to_parquet(file)
    with pytest.raises(ValueError, match=r"scores/Small/gsm\.parquet is not what score wrote"):
        Results(tmp_path, CENTRAL, PAPER).scores("Small")
    with pytest.raises(ValueError, match="No stage has recorded"):
        Results(tmp_path, CENTRAL, PAPER).positions("small")


def test_missing_files_and_columns_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no measures/small\.parquet in .*: run `invoke reproduce-all`"):
        Results(tmp_path, CENTRAL, PAPER).positions("small")
    (tmp_path / "measures").mkdir()
    pd.DataFrame({"prompt": [0]}).to_parquet(tmp_path / "measures" / "small.parquet")
    with pytest.raises(ValueError, match="has no column 'question_id'"):
        Results(tmp_path, CENTRAL, PAPER).positions("small")


def test_the_head_of_a_comparisons_student():
    assert Results(Path("nowhere"), LAB, PAPER).student_head(LAB.main_comparison) == LAB.main_head


def test_the_positions_of_a_set_of_heads_are_those_of_its_heads(tmp_path):
    results = planted_means(tmp_path)
    first, second = list(CENTRAL.heads)[:2]
    profile = CENTRAL.model_copy(update={"head_sets": {"both": {"gsm": first, "toxigen": second, "mmlu": first}}})
    joined = Results(tmp_path, profile, results.paper).positions("both")
    assert len(joined) == len(results.positions(first)) + len(results.positions(second))
    assert joined.index.is_unique
