"""Reading the tables and JSON files of a run; tests/robustness has many more damaged files."""

import pandas as pd
import pytest

from superficial.files import write_rows
from superficial.reading import read_json, read_rows


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


def test_json_must_be_an_object_with_the_fields(tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"k": 1}', encoding="utf-8")
    assert read_json(file, ("k",)) == {"k": 1}
    with pytest.raises(ValueError, match=r"a\.json has no field 'alpha'"):
        read_json(file, ("k", "alpha"))
    file.write_text("[1]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.json holds list, not an object"):
        read_json(file)
