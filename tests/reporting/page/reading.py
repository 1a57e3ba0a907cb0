"""Reads a built page and its data files."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def elements(page: Path) -> Elements:
    parser = Elements()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def data_file(page: Path, name: str) -> dict:
    text = (page.parent / "data" / f"{name}.js").read_text(encoding="utf-8")
    called, value = re.fullmatch(r"Report\.receive\((\"[^\"]*\"), (.*)\);\n", text, flags=re.DOTALL).groups()
    assert json.loads(called) == name
    return json.loads(value)
