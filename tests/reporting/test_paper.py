"""The article takes every number from a run: none is typed, and each it names is one that a whole run gives."""

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from superficial.config import load_profile
from superficial.reporting.article.numbers import article_numbers
from superficial.reporting.article.publish import contact_sheet, publish
from superficial.reporting.table import tex, write_table
from superficial.reporting.tables.registry import make_table
from tests.reporting.planted import ROOT, planted_run

ARTICLE = (ROOT / "paper" / "report.tex").read_text(encoding="utf-8")
LAB = load_profile(ROOT / "repro" / "profiles" / "lab.yaml")
CLAIMS = [
    {"id": f"C{i}", "statement": "a & b", "verdict": verdict, "measured": {}, "interval": {}}
    for i, verdict in enumerate(("reproduced", "not reproduced", "inconclusive", *["reproduced"] * 8), start=1)
]


def prose(article: str) -> str:
    """The article's text as typed: without its preamble, comments, numbers of a run, names, files and lengths."""
    text = re.sub(r"(?<!\\)%.*", "", article.split(r"\begin{document}")[1])
    named = "val|both|verdict|ifnumber|ref|label|cite|input|includegraphics|IfFileExists|setlength|vspace"
    # From the inside out: an argument may hold another macro.
    for _ in range(3):
        text = re.sub(rf"\\(?:{named})(?:\[[^\]]*\])?\{{[^{{}}]*\}}", " ", text)
    text = re.sub(r"\{p?\{?[\d.]+(?:pt|em|cm)\}\}?", " ", text)
    return re.sub(r"\\texttt\{[^{}]*\}", " ", text)


def test_no_number_is_typed_in_the_article():
    assert re.findall(r".{0,30}\d.{0,30}", prose(ARTICLE)) == []


@pytest.mark.parametrize("typed", ["regains 34 percent", r"goes from \val{Small gsm} to 0.14", "in Table 1"])
def test_a_typed_number_would_be_found(typed):
    assert re.search(r"\d", prose(r"\begin{document}" + typed))


def test_a_whole_run_gives_every_number_the_article_names(tmp_path):
    results = planted_run(tmp_path, LAB, questions=9)
    for name in (*LAB.tables, "recovery"):
        write_table(make_table(results, name), tmp_path / "tables", name)
    given = article_numbers(results, CLAIMS)
    body = ARTICLE.split(r"\begin{document}")[1]
    named = set(re.findall(r"\\val\{([^}]*)\}", body))
    named |= {key + end for key in re.findall(r"\\both\{([^}]*)\}", body) for end in ("", " interval")}
    named |= {f"claim {claim} verdict" for claim in re.findall(r"\\verdict\{([^}]*)\}", body)}
    assert len(named) > 50
    assert named - given.keys() == set()
    planted = results.scores("Small+Superficial")["gsm"]["score"].mean()
    assert given["Small+Superficial gsm"] == f"{planted:.3f}"
    assert given["Small+Superficial gsm percent"] == rf"{100 * planted:.0f}\,\%"
    assert given["claims reproduced"].startswith("C1, C4")
    assert given["count not reproduced"] == "1"


def test_publishing_copies_a_run_and_writes_what_the_article_takes_in(planted, tmp_path):
    written = list(publish(planted, tmp_path / "figures", tmp_path / "generated"))
    assert all(path.is_file() for path in written)
    names = {path.name for path in written}
    assert {"fig2-kl-by-position.svg", "README.md", "table1.tex", "table1-compact.tex", "numbers.tex"} <= names
    table = pd.read_csv(planted.folder / "tables" / "table1.csv").set_index(["variant", "measure"])
    compact = (tmp_path / "generated" / "table1-compact.tex").read_text()
    assert f"{table.loc[('Small', 'gsm'), 'value']:.3f} \\published{{0.037}}" in compact
    sheet = (tmp_path / "figures" / "README.md").read_text()
    shown = re.findall(r"\((fig[^)]+)\)", sheet)
    assert len(shown) >= 10
    assert all((tmp_path / "figures" / name).is_file() for name in shown)
    assert sheet == contact_sheet(["fig1-shift-tokens", "fig2-kl-by-position"], "central")


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


def test_the_article_compiles_from_what_is_published(tmp_path):
    if not shutil.which("latexmk"):
        pytest.skip("no TeX here (Debian: latexmk, texlive-latex-recommended, texlive-fonts-recommended)")
    for part in ("paper", "figures"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("report.pdf"))
    command = ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "report.tex"]
    done = subprocess.run(command, cwd=tmp_path / "paper", check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    log = (tmp_path / "paper" / "report.log").read_text(errors="replace")
    assert "undefined references" not in log
    assert Path(tmp_path / "paper" / "report.pdf").stat().st_size > 50_000
