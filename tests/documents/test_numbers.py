"""Numbers and verdicts that the pages quote are those of the published run.

Checked are the rows of every table whose first column holds the id of a claim: the columns `verdict`, `guarded` and
`lab` against paper/generated/claims.json, the column `paper` against the published numbers that it repeats.
"""

import json
import re

import pytest

from repro.engine.paths import PAPER
from tests.documents.pages import CURRENT_PAGES, Row, rows, text_of

CLAIMS = {claim["id"]: claim for claim in json.loads((PAPER / "generated" / "claims.json").read_text("utf-8"))}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NO_GUARD = "–"


def quoted() -> list[tuple[str, str, Row]]:
    """Return each row about a claim, with its page and the claim's id."""
    found = []
    for page in CURRENT_PAGES:
        for row in rows(text_of(page)):
            first = next(iter(row.cells.values()), "")
            found += [(page, first, row)] if first in CLAIMS else []
    return found


def values(claim: dict) -> list[float]:
    """Return all numbers of a claim: what was measured, its intervals, and the guards."""
    intervals = [end for interval in claim["interval"].values() for end in interval]
    guards = [guard[name] for guard in claim.get("guards", []) for name in ("value", "low", "high")]
    return [*claim["measured"].values(), *intervals, *guards]


def faults(claim: dict, row: Row) -> list[str]:
    """Return what a row says differently from the claim."""
    expected = {"verdict": claim["verdict"], "guarded": claim.get("guarded_verdict", NO_GUARD)}
    wrong = [cell for name, cell in row.cells.items() if cell != expected.get(name, cell)]
    for number in _NUMBER.findall(row.cells.get("lab", "")):
        scale = 100 if "%" in row.cells["lab"] else 1
        digits = len(number.partition(".")[2])
        if not any(f"{abs(scale * value):.{digits}f}" == number.lstrip("-") for value in values(claim)):
            wrong.append(number)
    published = _NUMBER.findall(claim["published"])
    return wrong + [number for number in _NUMBER.findall(row.cells.get("paper", "")) if number not in published]


@pytest.mark.parametrize(("page", "claim", "row"), quoted())
def test_a_row_about_a_claim_quotes_the_published_run(page, claim, row):
    assert faults(CLAIMS[claim], row) == []


@pytest.mark.parametrize("page", ["README.md", "ARTIFACT.md"])
def test_the_verdict_of_every_claim_is_quoted(page):
    assert [claim for where, claim, row in quoted() if where == page and "verdict" in row.cells] == list(CLAIMS)


def test_a_wrong_quotation_is_noticed():
    right = {"claim": "C2", "verdict": "reproduced", "guarded": NO_GUARD, "lab": "55 % [52, 59]", "paper": "58 %"}
    assert faults(CLAIMS["C2"], Row(right)) == []
    for change in ({"verdict": "inconclusive"}, {"guarded": "reproduced"}, {"lab": "56 % [52, 59]"}, {"paper": "78 %"}):
        assert faults(CLAIMS["C2"], Row(right | change)) != [], change
