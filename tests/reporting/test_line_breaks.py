"""Tokens and responses of real models hold line breaks: a table's row stays one line, and a cloud is drawn."""

from types import SimpleNamespace

import pandas as pd

from superficial.reporting.figures import shift_tokens
from superficial.reporting.table import Table, write_table

BROKEN = 'own"}\r\n{"'


def test_a_row_of_a_table_is_one_line(tmp_path):
    rows = pd.DataFrame({"source": [BROKEN, "a"], "target": ["b", BROKEN]})
    write_table(Table("Pairs.", rows, rows), tmp_path, "pairs")
    assert (tmp_path / "pairs.md").read_text().splitlines() == [
        "| source | target |",
        "| --- | --- |",
        r'| own"}\r\n{" | b |',
        r'| a | own"}\r\n{" |',
        "",
        "Pairs.",
    ]
    assert len((tmp_path / "pairs.tex").read_text().splitlines()) == 8
    assert pd.read_csv(tmp_path / "pairs.csv", lineterminator="\n")["source"].tolist() == [BROKEN, "a"]


def test_shift_tokens_with_line_breaks_are_drawn():
    positions = pd.DataFrame({"source": [BROKEN] * 4 + ["a"], "target": ["b", "b", "\n", "\n", "a"]})
    results = SimpleNamespace(profile=SimpleNamespace(heads=["small"]), positions=lambda head: positions)
    _, drawn = shift_tokens.draw(results)
    pairs = drawn[drawn["side"] == "pair"].set_index("pair")["positions"]
    assert pairs.to_dict() == {r'own"}\r\n{" → b': 2, r'own"}\r\n{" → \n': 2}
