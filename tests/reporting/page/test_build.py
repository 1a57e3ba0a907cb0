"""The page's folder is whole and self-contained, and text stays text whatever it holds."""

import re
import shutil

import pytest

from superficial.reporting.page.build import check_size, write_report
from superficial.reporting.results import Results
from tests.reporting.page.reading import elements
from tests.reporting.planted import HOSTILE


def test_everything_the_page_names_is_in_its_folder(page):
    names = [a.get("src") or a.get("href") for _, a in elements(page).found if a.get("src") or a.get("href")]
    files = {name for name in names if not name.startswith(("#", "data:"))}
    assert {"assets/viewer.js", "assets/report.css", "figures/fig2-kl-by-position.svg", "tables/table1.csv"} <= files
    assert [name for name in files if not (page.parent / name).is_file()] == []
    anchors = {name[1:] for name in names if name.startswith("#")}
    assert anchors <= {a["id"] for _, a in elements(page).found if "id" in a}


def test_nothing_of_the_page_comes_from_elsewhere(page):
    for file in page.parent.rglob("*"):
        if file.suffix in (".html", ".js", ".css"):
            addresses = re.findall(r"(?:https?:)?//[a-z][\w.]+\.\w+", file.read_text(encoding="utf-8"))
            assert [a for a in addresses if "www.w3.org" not in a] == [], file


def test_hostile_texts_add_no_element_and_stay_readable(page):
    read = elements(page)
    scripts = [a for tag, a in read.found if tag == "script"]
    assert all("src" in a or a.get("type") == "application/json" for a in scripts)
    assert not [a for _, a in read.found if any(name.startswith("on") for name in a)]
    assert not [tag for tag, a in read.found if tag == "img" and not a["src"].startswith("figures/")]
    # The head's card and the tokens it changes hold them.
    assert HOSTILE[0] in read.text
    assert HOSTILE[1] in read.text


def test_an_unfinished_run_is_one_sentence_and_leaves_the_old_report(planted, tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "index.html").write_text("old")
    results = Results(tmp_path / "empty", planted.profile, planted.paper)
    with pytest.raises(FileNotFoundError, match="invoke reproduce-all --profile central"):
        write_report(results, tmp_path / "report")
    assert (tmp_path / "report" / "index.html").read_text() == "old"


def test_a_missing_figure_is_named_with_the_command_that_draws_it(planted, tmp_path):
    run = shutil.copytree(planted.folder, tmp_path / "run")
    (run / "figures" / "fig2-kl-by-position.pdf").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"no fig2-kl-by-position\.pdf in .*: run `invoke figure fig2-kl-by-position"
    ):
        write_report(Results(run, planted.profile, planted.paper), tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_the_page_begins_with_the_grid_and_figures_that_have_texts_for_those_who_cannot_see_them(page):
    found = elements(page).found
    pictures = [a for tag, a in found if tag == "img"]
    assert pictures[0]["src"] == "figures/fig2-kl-by-position.svg"
    assert all(len(a.get("alt", "").split()) > 3 for a in pictures)
    text = page.read_text(encoding="utf-8")
    assert text.index('id="overview"') < text.index("figures/fig2") < text.index('id="claims"')


def test_a_page_that_is_committed_has_a_largest_size(tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("x" * 1000)
    assert check_size(tmp_path / "index.html") == 1000
    monkeypatch.setattr("superficial.reporting.page.build.LARGEST_PAGE_BYTES", 999)
    with pytest.raises(ValueError, match=r"has 0\.0 MB; a page that is committed has at most"):
        check_size(tmp_path / "index.html")


def test_claims_of_an_earlier_version_are_refused(planted, tmp_path):
    run = shutil.copytree(planted.folder, tmp_path / "run")
    (run / "claims.json").write_text('[{"id": "C1"}]')
    with pytest.raises(ValueError, match="is of an earlier version: `invoke reproduce-all` recreates it"):
        write_report(Results(run, planted.profile, planted.paper), tmp_path / "report")
