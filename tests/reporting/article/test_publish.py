"""Publishing copies a run's files and writes what the article includes; the article compiles from them."""

import re
import shutil
import subprocess

import pandas as pd
import pytest

from repro.engine.paths import PAPER, ROOT
from superficial.reporting.article.publish import contact_sheet, publish, publish_beside
from superficial.reporting.figures.registry import FIGURES, figure_names
from superficial.reporting.results import Results
from tests.reporting.means import CENTRAL


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
    assert re.findall(r"!\[([^\]]+)\]", sheet) == [FIGURES[name].alt for name in figure_names(planted.profile)]
    assert sheet == contact_sheet(["fig1-shift-tokens", "fig2-kl-by-position", "fig8-token-kinds"], "central")


def test_another_run_is_published_beside_the_labs_files(planted, tmp_path):
    figures, generated = tmp_path / "figures", tmp_path / "generated"
    lab = {path: path.read_bytes() for path in publish(planted, figures, generated)}
    written = list(publish_beside(planted, "other", figures, generated))
    own = {generated / "other-claims.tex", generated / "other-numbers.tex"}
    assert {path.read_bytes() for path in lab} >= {path.read_bytes() for path in {*written} - own}
    assert not set(lab) & set(written) and all(path.read_bytes() == content for path, content in lab.items())
    outside = [path for path in written if path.parent not in (figures / "other", generated / "other")]
    assert [path.name for path in outside] == ["other-claims.json", "other-claims.tex", "other-numbers.tex"]
    assert {"table1.csv", "fig2-kl-by-position.pdf", "README.md"} <= {path.name for path in written}


def test_an_unfinished_run_is_not_published(tmp_path):
    with pytest.raises(FileNotFoundError, match="invoke reproduce-all --profile central"):
        list(publish(Results(tmp_path, CENTRAL, PAPER), tmp_path / "figures", tmp_path / "generated"))
    assert not (tmp_path / "figures").exists()


def test_the_article_compiles_from_what_is_published(planted, tmp_path):
    if not shutil.which("latexmk"):
        pytest.skip("no TeX here (Debian: latexmk, texlive-latex-recommended, texlive-fonts-recommended)")
    for part in ("paper", "figures"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("report.pdf"))
    published = tmp_path / "paper" / "generated"
    if not (published / "pretrained-claims.tex").is_file():
        list(publish_beside(planted, "pretrained", tmp_path / "figures", published))
    command = ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "report.tex"]
    done = subprocess.run(command, cwd=tmp_path / "paper", check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    log = (tmp_path / "paper" / "report.log").read_text(errors="replace")
    assert "undefined references" not in log
    assert (tmp_path / "paper" / "report.pdf").stat().st_size > 50_000
