"""Pages stay short, their links and paths resolve, and the reference pages are complete."""

import json
import re
from itertools import chain

import pytest
import yaml

import tasks
from repro.engine.paths import PROFILES, ROOT
from superficial.artifacts import ARTIFACTS
from superficial.config import load_profile
from superficial.published.claims import load_claims
from superficial.reporting.figures.registry import figure_names
from superficial.reporting.page.build import check_size
from superficial.reporting.tables.registry import table_names
from superficial.reporting.verdict_grid import verdict_grid
from tests.documents.pages import CURRENT_PAGES, PAGES, anchors, inline_code, links, page_folder, rows, text_of

MAX_LINES = 150
MAX_LINES_OF = {"README.md": 110}
MAX_WORDS_OF_A_CELL = 30
_PATH = re.compile(r"(src|repro|bench|docs|examples|tests|paper|figures|requirements)/([\w./-]*(/|\.\w+))?")


def long_cells(text: str) -> list[str]:
    cells = chain.from_iterable(row.cells.values() for row in rows(text))
    return [cell for cell in cells if len(cell.split()) > MAX_WORDS_OF_A_CELL]


def broken_links(page: str, text: str) -> list[str]:
    broken = []
    for link in links(text):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = page_folder(page) / path if path else ROOT / page
        found = target.exists() and (not anchor or anchor in anchors(target.read_text("utf-8")))
        broken += [] if found else [link]
    return broken


def missing_paths(text: str) -> list[str]:
    paths = [code for code in inline_code(text) if _PATH.fullmatch(code)]
    return [path for path in paths if not (ROOT / path).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_short(page):
    assert len(text_of(page).splitlines()) <= MAX_LINES_OF.get(page, MAX_LINES)
    assert long_cells(text_of(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_the_links_of_a_page_resolve(page):
    assert broken_links(page, text_of(page)) == []


@pytest.mark.parametrize("page", CURRENT_PAGES)
def test_the_paths_that_a_page_names_exist(page):
    assert missing_paths(text_of(page)) == []


def test_what_is_long_broken_or_missing_is_noticed():
    assert long_cells("| a | b |\n|---|---|\n| c | " + "word " * 31 + "|\n")
    assert broken_links("README.md", "[a](docs/NO.md) [b](ARTIFACT.md#no-such-heading) [c](ARTIFACT.md)") == [
        "docs/NO.md",
        "ARTIFACT.md#no-such-heading",
    ]
    assert missing_paths("`repro/no_such_file.py` `repro/workflow.py`") == ["repro/no_such_file.py"]


def test_every_task_and_profile_is_described():
    code = inline_code(text_of("docs/TASKS.md"))
    for task in tasks.__all__:
        assert any(command.split()[:2] == ["invoke", task.replace("_", "-")] for command in code), task
    assert {path.stem for path in PROFILES.glob("*.yaml")} <= set(code)


def test_every_file_of_a_run_is_described():
    code = inline_code(text_of("docs/OUTPUTS.md"))
    lab = load_profile(PROFILES / "lab.yaml")
    named = {f"tables/{name}" for name in table_names(lab)} | {f"figures/{name}" for name in figure_names(lab)}
    patterns = {artifact.path for artifact in ARTIFACTS if "{format}" not in artifact.path}
    assert named | patterns <= set(code)


def test_the_citation_names_the_linked_paper():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))["preferred-citation"]
    assert f"https://aclanthology.org/{citation['doi'].removeprefix('10.18653/v1/')}" in links(text_of("README.md"))


def test_the_published_page_opens_from_a_fresh_clone():
    page = ROOT / "docs" / "page" / "index.html"
    text = page.read_text("utf-8")
    assert check_size(page) > 0
    assert all(f'id="claim-{name}"' in text for name in load_claims(ROOT / "paper" / "claims.yaml"))
    named = re.findall(r'(?:src|href)="((?:assets|figures|tables)/[^"]+)"', text)
    assert [name for name in named if not (page.parent / name).is_file()] == []


@pytest.mark.parametrize(
    ("profile", "page", "claims"), [("lab", "page", "claims"), ("pretrained", "page-pretrained", "pretrained-claims")]
)
def test_the_grid_of_a_published_page_has_the_published_verdicts(profile, page, claims):
    generated = ROOT / "paper" / "generated"
    published = json.loads((generated / f"{claims}.json").read_text("utf-8"))
    text = (ROOT / "docs" / page / "index.html").read_text("utf-8")
    grid = re.findall(r'<table class="grid">.*?<tbody>(.*?)</tbody>', text, flags=re.DOTALL)[0]
    shown = [
        [re.findall(r"(?:</span> |<small>)([^<]+)<", cell) for cell in row.split("<td>")[1:]]
        for row in grid.split("<tr>")[1:]
    ]
    expected = [
        [[cell.verdict, *cell.notes] for cell in row.cells.values()]
        for row in verdict_grid(published, profile, generated)
    ]
    assert shown == expected, f"invoke publish --profile {profile} writes the page anew"


def test_the_readme_lists_the_claims_by_their_titles():
    titles = {name: claim.title for name, claim in load_claims(ROOT / "paper" / "claims.yaml").items()}
    listed = {
        row.cells["claim"]: row.cells["in short"] for row in rows(text_of("README.md")) if "in short" in row.cells
    }
    assert listed == titles
