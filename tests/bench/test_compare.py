"""Two results folders are compared byte for byte."""

import shutil
import sys

import pytest

from bench import compare


def run_compare(monkeypatch, capsys, first, second) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["compare", str(first), str(second)])
    with pytest.raises(SystemExit) as stopped:
        compare.main()
    return int(stopped.value.code), capsys.readouterr().out


def test_equal_and_different_folders(tmp_path, monkeypatch, capsys):
    first = tmp_path / "first"
    (first / "tables").mkdir(parents=True)
    (first / "claims.json").write_text("[]")
    (first / "tables" / "table1.csv").write_text("a\n1\n")
    second = shutil.copytree(first, tmp_path / "second")
    (second / "tables" / "table2.csv").write_text("b\n")
    assert run_compare(monkeypatch, capsys, first, second) == (
        0,
        "2 of 2 files are equal.\n1 files exist in only one of the folders.\n",
    )
    (second / "tables" / "table1.csv").write_text("a\n2\n")
    code, out = run_compare(monkeypatch, capsys, first, second)
    assert code == 1
    assert out.endswith("different: tables/table1.csv\n")


def test_a_folder_without_a_finished_run_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"claims\.json"):
        compare.contents(tmp_path)
