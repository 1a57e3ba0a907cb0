"""Atomic writes: whole or not at all."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from superficial.files import (
    UNFINISHED,
    atomic_folder,
    atomic_write,
    remove_unfinished,
    sha256,
    write_rows,
    written_files,
)
from superficial.reading import read_rows


def test_a_failed_write_leaves_the_old_file(tmp_path):
    target = tmp_path / "a" / "b.txt"
    with atomic_write(target) as temporary:
        temporary.write_text("old")
    with pytest.raises(RuntimeError), atomic_write(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [p.name for p in target.parent.iterdir()] == ["b.txt"]


def test_a_failed_write_leaves_the_old_folder(tmp_path):
    target = tmp_path / "model"
    for content in ("old", "new"):
        with atomic_folder(target) as temporary:
            (temporary / content).write_text(content)
    assert [p.name for p in target.iterdir()] == ["new"]
    with pytest.raises(RuntimeError), atomic_folder(target) as temporary:
        (temporary / "half").write_text("half")
        raise RuntimeError
    assert [p.name for p in tmp_path.rglob("*")] == ["model", "new"]


def test_written_files_are_listed_in_order_and_once(tmp_path):
    for name in ("b", "a", "b"):
        with atomic_write(tmp_path / name) as temporary:
            temporary.write_text(name)
    with atomic_folder(tmp_path / "folder") as temporary:
        (temporary / "c").write_text("c")
    here = [path for path in written_files() if path.is_relative_to(tmp_path)]
    assert here == [tmp_path / "b", tmp_path / "a", tmp_path / "folder" / "c"]


def test_what_killed_processes_left_is_removed(tmp_path):
    (tmp_path / f".a.x{UNFINISHED}").write_text("half")
    (tmp_path / "deep" / f".b.y{UNFINISHED}").mkdir(parents=True)
    (tmp_path / "deep" / f".b.y{UNFINISHED}" / "c").write_text("half")
    (tmp_path / "result").write_text("whole")
    remove_unfinished(tmp_path)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["deep", "result"]


def test_the_hash_of_a_file_is_that_of_its_content(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    assert sha256(tmp_path / "a") == hashlib.sha256(b"content").hexdigest()


def test_rows_are_written_without_their_index(tmp_path):
    rows = pd.DataFrame({"score": [1.0, 2.0]}, index=[5, 6])
    write_rows(rows, tmp_path / "rows.parquet")
    assert pd.read_parquet(tmp_path / "rows.parquet").equals(rows.reset_index(drop=True))


def test_rows_are_read_as_they_were_written_and_take_less_than_pandas_needs(tmp_path):
    values = np.random.default_rng(0).exponential(size=5000)
    rows = pd.DataFrame(
        {
            "question_id": [f"gsm-test-{number // 20}" for number in range(5000)],
            "count": np.arange(5000) % 7,
            "kl": values.astype("float32").round(6),
            "score": values.round(2),
            "is_right": values > 1,
            "missing": np.where(values > 1, values, np.nan),
            "tokens": [["the", f"t{number % 90}"] for number in range(5000)],
        }
    )
    write_rows(rows, tmp_path / "rows.parquet")
    rows.to_parquet(tmp_path / "pandas.parquet", compression="zstd")
    read = read_rows(tmp_path / "rows.parquet", list(rows))
    read["tokens"] = read["tokens"].map(list)
    pd.testing.assert_frame_equal(read, rows)
    assert (tmp_path / "rows.parquet").stat().st_size < 0.9 * (tmp_path / "pandas.parquet").stat().st_size
