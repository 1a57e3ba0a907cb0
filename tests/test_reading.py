"""Reading the tables of a run; tests/robustness has many more damaged files."""

import pandas as pd
import pytest

from superficial.files import write_rows
from superficial.reading import read_rows


def test_rows_are_read_without_the_index_that_was_written(tmp_path):
    file = tmp_path / "rows.parquet"
    write_rows(pd.DataFrame({"score": [1.0, 0.0], "judge": ["a", "b"]}, index=[7, 3]), file)
    rows = read_rows(file, ("score",))
    assert list(rows.index) == [0, 1]
    assert rows.to_dict("list") == {"score": [1.0, 0.0], "judge": ["a", "b"]}


def test_a_missing_column_and_a_missing_file_are_named(tmp_path):
    file = tmp_path / "rows.parquet"
    write_rows(pd.DataFrame({"judge": ["a"]}), file)
    with pytest.raises(ValueError, match=r"rows\.parquet has no column 'score'; it has judge\."):
        read_rows(file, ("judge", "score"))
    with pytest.raises(FileNotFoundError, match=r"There is no .*none\.parquet"):
        read_rows(tmp_path / "none.parquet", ())
