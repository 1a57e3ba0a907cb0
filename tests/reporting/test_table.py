"""A table's cells say why a value is missing, its rows are one line each, and any text is typeset as it is."""

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
    assert pd.read_csv(tmp_path / "pairs.csv", lineterminator="\n")["source"].tolist() == [BROKEN, "a"]


@pytest.mark.parametrize("text", [r"50 % of _x_ & {y} $1 #2 \cmd", "|dW| <s> ~ ^ ↑ →"])
def test_any_text_is_typeset_as_it_is(text, tmp_path):
    if not (shutil.which("pdflatex") and shutil.which("pdftotext")):
        pytest.skip("no TeX here (Debian: texlive-latex-recommended, poppler-utils)")
    page = (
        rf"\documentclass{{article}}\usepackage[T1]{{fontenc}}\begin{{document}}\noindent {tex(text)}\end{{document}}"
    )
    (tmp_path / "page.tex").write_text(page)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    read = subprocess.run(["pdftotext", "page.pdf", "-"], cwd=tmp_path, check=True, capture_output=True, text=True)
    ascii_only = [sign for sign in text if sign.isascii() and not sign.isspace() and sign not in "~^"]
    assert [sign for sign in ascii_only if sign not in read.stdout] == []
