"""Numbers and verdicts that the pages quote are those of the published run and of the published draws.

Checked are the rows of every table whose first column holds the id of a claim: the columns `one run`, `guarded` and
`lab` against paper/generated/claims.json, `over draws`, `holds in` and `ten draws` against
paper/generated/draw-verdicts.csv, `pretrained` and `pretrained verdict` against paper/generated/pretrained-claims.json,
`three draws` against the verdicts over its draws, which may not exist yet, and the column `paper` against the published
numbers that it repeats.
The README's estimate of the paper's scale is compared with the plan.
"""

import csv
import json
import re

import pytest

from repro.engine.paths import PAPER, profile_file
from superficial.config import load_profile
from superficial.planning.plan import plan_calls
from superficial.planning.rates import GIGA, read_rates
from superficial.planning.table import hours
from superficial.reporting.claim_lines import deciding_number
from tests.documents.pages import CURRENT_PAGES, Row, rows, text_of


def published(file: str) -> dict[str, dict]:
    """Return the published claims of a run by id; none where it is not published."""
    path = PAPER / "generated" / file
    return {claim["id"]: claim for claim in json.loads(path.read_text("utf-8"))} if path.is_file() else {}


CLAIMS, PRETRAINED = published("claims.json"), published("pretrained-claims.json")
with (PAPER / "generated" / "draw-verdicts.csv").open(encoding="utf-8", newline="") as _lines:
    OVER_DRAWS = {row["claim"]: row for row in csv.DictReader(_lines)}
_THREE_DRAWS = PAPER / "generated" / "pretrained-draws" / "draw-verdicts.csv"
THREE_DRAWS = {
    row["claim"]: row["verdict"]
    for row in csv.DictReader(_THREE_DRAWS.read_text("utf-8").splitlines() if _THREE_DRAWS.is_file() else [])
}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NONE, NOT_RUN = "–", "not run"
# Its verdicts are those of planted worlds.
PLANTED = "docs/CLAIM_TESTS.md"


def quoted() -> list[tuple[str, str, Row]]:
    """Return each row about a claim, with its page and the claim's id."""
    found = []
    for page in CURRENT_PAGES:
        if page == PLANTED:
            continue
        for row in rows(text_of(page)):
            first = next(iter(row.cells.values()), "")
            found += [(page, first, row)] if first in CLAIMS else []
    return found


def values(claim: dict) -> list[float]:
    """Return all numbers of a claim: what was measured, its intervals, and the guards."""
    intervals = [end for interval in claim["interval"].values() for end in interval]
    guards = [guard[name] for guard in claim.get("guards", []) for name in ("value", "low", "high")]
    return [number for number in (*claim["measured"].values(), *intervals, *guards) if number is not None]


def quotation(claim: dict | None, like: str) -> str:
    """Return how the estimate that stands for a claim is quoted: with the unit and the digits of another quotation."""
    if claim is None or claim["verdict"] == NOT_RUN:
        return NOT_RUN
    unit, scale = (" %", 100) if "%" in like else ("", 1)
    value, low, high = (claim["estimate"][name] for name in ("value", "low", "high"))
    if value is None or low is None:
        # A share of a gap that is not sure to be there has no interval, and its value says nothing.
        return "no clear gap"
    digits = len(_NUMBER.findall(like)[0].partition(".")[2])
    value, low, high = (f"{round(scale * number, digits) + 0:.{digits}f}" for number in (value, low, high))
    return f"{value}{unit} [{low}, {high}]"


def faults(claim: dict, row: Row, draws: dict[str, str] | None, pretrained: dict | None = None) -> list[str]:
    """Return what a row says differently from the claim in the published runs, and over the draws if they decide it."""
    expected = {
        "verdict": claim["verdict"],
        "one run": claim["verdict"],
        "guarded": claim.get("guarded_verdict", NONE),
        "over draws": draws["verdict"] if draws else NONE,
        "holds in": f"{draws['holding']} of {draws['draws']}" if draws else NONE,
        "pretrained verdict": pretrained["verdict"] if pretrained else NOT_RUN,
    }
    if "pretrained" in row.cells:
        expected["pretrained"] = quotation(pretrained, like=row.cells.get("lab", row.cells["pretrained"]))
    wrong = [
        f"{name}: {cell}, which must be {expected[name]}"
        for name, cell in row.cells.items()
        if cell != expected.get(name, cell)
    ]
    wrong += misquoted(row.cells.get("lab", ""), values(claim))
    wrong += misquoted(
        row.cells.get("ten draws", ""), [float(draws[name]) for name in ("mean", "low", "high")] if draws else []
    )
    published = _NUMBER.findall(claim["published"])
    return wrong + [number for number in _NUMBER.findall(row.cells.get("paper", "")) if number not in published]


def misquoted(cell: str, measured: list[float]) -> list[str]:
    """Return the numbers of a cell that are none of those measured, at the digits that the cell has."""
    scale = 100 if "%" in cell else 1

    def is_measured(number: str) -> bool:
        digits = len(number.partition(".")[2])
        return any(f"{abs(scale * value):.{digits}f}" == number.lstrip("-") for value in measured)

    return [number for number in _NUMBER.findall(cell) if not is_measured(number)]


@pytest.mark.parametrize(("page", "claim", "row"), quoted())
def test_a_row_about_a_claim_quotes_the_published_run(page, claim, row):
    assert row.cells.get("three draws", THREE_DRAWS.get(claim, "–")) == THREE_DRAWS.get(claim, "–")
    assert faults(CLAIMS[claim], row, OVER_DRAWS.get(claim), PRETRAINED.get(claim)) == []


@pytest.mark.parametrize("page", ["README.md", "ARTIFACT.md"])
def test_the_verdict_of_every_claim_is_quoted(page):
    assert [claim for where, claim, row in quoted() if where == page and "over draws" in row.cells] == list(CLAIMS)


def test_the_line_that_a_run_ends_with_is_that_of_the_published_run():
    (line,) = re.findall(r"^#   (C\d+ .*)$", text_of("README.md"), flags=re.MULTILINE)
    claim = CLAIMS[line.split()[0]]
    shown = [
        claim["id"],
        claim["title"],
        claim["verdict"],
        claim.get("guarded_verdict", NONE),
        deciding_number(claim)[0],
    ]
    assert re.split("   ", line) == shown


def test_a_wrong_quotation_is_noticed():
    measured = {"measured": {"share": 0.528}, "interval": {"share": [0.481, 0.577]}}
    claim = {"verdict": "reproduced", "published": "58 %", **measured}
    draws = {"verdict": "inconclusive", "holding": "4", "draws": "10", "mean": "0.2", "low": "0.1", "high": "0.3"}
    right = {"claim": "C2", "one run": "reproduced", "guarded": NONE, "lab": "53 % [48, 58]", "paper": "58 %"}
    right |= {"over draws": "inconclusive", "holds in": "4 of 10", "ten draws": "20 % [10, 30]"}
    right |= {"pretrained": "12 % [-8, 31]", "pretrained verdict": "reproduced"}
    pretrained = {"verdict": "reproduced", "estimate": {"value": 0.118, "low": -0.081, "high": 0.312}}
    assert faults(claim, Row(right), draws, pretrained) == []
    for change in (
        {"one run": "inconclusive"},
        {"guarded": "reproduced"},
        {"lab": "54 % [48, 58]"},
        {"paper": "78 %"},
        {"over draws": "reproduced"},
        {"holds in": "5 of 10"},
        {"ten draws": "20 % [11, 30]"},
        {"pretrained": "12 % [-9, 31]"},
        {"pretrained": "not run"},
        {"pretrained verdict": "inconclusive"},
    ):
        assert faults(claim, Row(right | change), draws, pretrained) != [], change
    not_run = {"pretrained": "not run", "pretrained verdict": "not run"}
    assert faults(claim, Row(right | not_run), draws, None) == []
    assert faults(claim, Row(right | not_run), draws, {"verdict": "not run", "estimate": None}) == []
    assert faults(claim, Row(right), draws, None) != []


@pytest.mark.parametrize(
    ("estimate", "like", "quoted_as"),
    [
        ((0.118, -0.081, 0.312), "61 % [57, 65]", "12 % [-8, 31]"),
        ((-0.001, -0.0456, 0.2), "-0.03 [-0.10, 0.02]", "0.00 [-0.05, 0.20]"),
        ((-2.0, None, None), "35 % [30, 39]", "no clear gap"),
        ((None, None, None), "0.040 [0.039, 0.042]", "no clear gap"),
    ],
)
def test_an_estimate_is_quoted_with_unit_and_digits(estimate, like, quoted_as):
    claim = {"verdict": "inconclusive", "estimate": dict(zip(("value", "low", "high"), estimate, strict=True))}
    assert quotation(claim, like) == quoted_as


def test_the_estimate_of_the_papers_scale_is_that_of_the_plan():
    profile, rates = load_profile(profile_file("paper")), read_rates()
    everything = plan_calls(profile, rates.assumptions)
    rows_7b = [row for row in profile.tables["table1"].rows if row.startswith("7B")]
    download, disk, all_hours, hours_7b = map(
        float,
        re.findall(
            r"estimates (\d+) GB of downloads, (\d+) GB of disk and ([\d.]+) hours of one H200 GPU\. "
            r"The 7B rows of Table 1 account for ([\d.]+) of these hours",
            text_of("README.md"),
        )[0],
    )
    assert download == round(sum(call.download_bytes for call in everything) / GIGA)
    assert disk == round(sum(call.disk_bytes + call.scratch_bytes for call in everything) / GIGA)
    for stated, calls in (
        (all_hours, everything),
        (hours_7b, plan_calls(profile, rates.assumptions, rows_7b)),
    ):
        estimate = hours(calls, rates.cards["H200"], rates)
        assert estimate is not None
        assert stated == round(estimate, 1)
