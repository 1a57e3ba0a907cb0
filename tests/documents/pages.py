"""The pages of the repository, and what a test reads in them: tables, links, code blocks and inline code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repro.engine.paths import ROOT

PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/*.md", "bench/*.md", "figures/*.md", "repro/*.md", "requirements/*.md")
    for path in ROOT.glob(pattern)
)
# These pages name things that no longer exist.
PAGES_OF_THE_PAST = ("CHANGELOG.md", "docs/RENAMES.md")
CURRENT_PAGES = [page for page in PAGES if page not in PAGES_OF_THE_PAST]

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4}.*\n)+", flags=re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells by the header of their column."""

    cells: dict[str, str]


def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def code_blocks(text: str, language: str | None = None) -> list[str]:
    """Return the code blocks of a page, without their indent; given a language, only the fenced blocks of it."""
    fenced = [match["code"] for match in _FENCE.finditer(text) if language in (None, match["language"])]
    if language is not None:
        return fenced
    indented = [re.sub(r"^ {4}", "", block, flags=re.MULTILINE) for block in _INDENTED.findall(_FENCE.sub("", text))]
    return fenced + indented


def inline_code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))


def links(text: str) -> list[str]:
    """Return the targets of the links and images of a page."""
    return re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(text: str) -> Iterator[Row]:
    """Yield the rows of the tables of a page."""
    header: list[str] = []
    for line in _FENCE.sub("", text).splitlines():
        if not line.startswith("|"):
            header = []
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if not header:
            header = cells
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            yield Row(dict(zip(header, cells, strict=True)))


def page_folder(page: str) -> Path:
    return (ROOT / page).parent
