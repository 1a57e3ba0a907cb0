"""A table's cells say why a value is missing, its rows are one line each, and any text is typeset as it is."""

import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from superficial.measures.intervals import NO_GAP, NOT_JUDGED, Estimate
from superficial.reporting.table import Table, tex, with_interval, without_interval, write_table

BROKEN = 'own"}\r\n{"'


@pytest.mark.parametrize(
    ("estimate", "text", "alone"),
    [
        (Estimate(0.5, 0.4, 0.6), "0.50 [0.40, 0.60]", "0.50"),
        (Estimate(0.5, np.nan, np.nan), "0.50 [gap too small for an interval]", "0.50"),
        (NO_GAP, "no gap", "no gap"),
        (NOT_JUDGED, "not judged", "not judged"),
    ],
)
def test_a_cell_holds_the_value_with_its_interval_or_why_there_is_none(estimate, text, alone):
    assert with_interval(estimate, 2) == text
    assert without_interval(estimate, 2) == alone


def test_a_change_has_a_sign():
    changes = [Estimate(value, value, value) for value in (0.25, -0.25)]
    assert [without_interval(change, 2, signed=True) for change in changes] == ["+0.25", "-0.25"]


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
    assert pd.read_csv(tmp_path / "pairs.csv")["source"].tolist() == ['own"}\\r\n{"', "a"]


@pytest.mark.parametrize("token", [chr(number) for number in range(1, 33)] + ["\x7f", "\u2028", '"', ",", "a\r", "é"])
def test_a_csv_has_one_row_for_any_token(tmp_path, token):
    rows = pd.DataFrame({"source": [token, "b"], "positions": [3, 2]})
    write_table(Table("Pairs.", rows, rows), tmp_path, "pairs")
    read = pd.read_csv(tmp_path / "pairs.csv", keep_default_na=False)
    assert read["source"].tolist() == [token.replace("\r", r"\r"), "b"]
    assert read["positions"].tolist() == [3, 2]


def typeset(folder, content: str) -> str:
    """The text of a page, as pdflatex typesets it."""
    if not (shutil.which("pdflatex") and shutil.which("pdftotext")):
        pytest.skip("no TeX here (Debian: texlive-latex-recommended, poppler-utils)")
    preamble = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{booktabs}"
    page = rf"{preamble}\begin{{document}}\noindent {content}\end{{document}}"
    (folder / "page.tex").write_text(page, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    command = ["pdftotext", "-layout", "page.pdf", "-"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("text", [r"50 % of _x_ & {y} $1 #2 \cmd", "|dW| <s> ~ ^ ↑ →"])
def test_any_text_is_typeset_as_it_is(text, tmp_path):
    read = typeset(tmp_path, tex(text))
    ascii_only = [sign for sign in text if sign.isascii() and not sign.isspace() and sign not in "~^"]
    assert [sign for sign in ascii_only if sign not in read] == []


def test_any_token_begins_a_row_that_is_typeset(tmp_path):
    """Brackets and stars after the end of a row, characters that the fonts lack, and those that are never seen."""
    tokens = ["[", "[2pt]", "*", "]", " [x", "--", "---", "''", "``", "é", "Ø", "–", "“", "中", "😀", "Ġthe", "▁the"]
    tokens += ["\xd7", "∅", "\0", "\x07", "\x7f", "\u200b", "\u2028", "\ufeff", "\\", "$$", "~", "^", '"', "", "␣"]
    shown = pd.DataFrame({"token": tokens, "number": [f"row{n}" for n in range(len(tokens))]})
    write_table(Table("Tokens.", shown, shown), tmp_path, "tokens")
    read = typeset(tmp_path, (tmp_path / "tokens.tex").read_text(encoding="utf-8"))
    cells = dict(line.rsplit(maxsplit=1)[::-1] for line in read.splitlines() if re.search(r"\S +row\d+$", line))
    cells = {name: text.strip() for name, text in cells.items()}
    for token, seen in {
        **{token: token for token in ("[", "[2pt]", "*", "]", "--", "---", "é", "Ø", "$$", "\\")},
        **{"中": r"\u{4e2d}", "😀": r"\u{1f600}", "\xd7": r"\u{d7}", "\0": r"\u{0}", "\u2028": r"\u{2028}"},
    }.items():
        assert cells[f"row{tokens.index(token)}"] == seen, token
