"""The article takes every number from a run: no number is typed in it, and a whole run gives each that it names."""

import itertools
import re

import pandas as pd
import pytest

from repro.engine.paths import PAPER
from superficial.reporting.article.numbers import (
    article_numbers,
    draw_numbers,
    macros,
    more_macros,
    number,
    verdict_numbers,
)
from superficial.reporting.claims.registry import CLAIMS as CLAIM_TESTS
from superficial.reporting.table import write_table
from superficial.reporting.tables.registry import make_table
from tests.reporting.means import LAB
from tests.reporting.planted import planted_run

ARTICLE = (PAPER / "report.tex").read_text(encoding="utf-8")
CLAIMS = [
    {"id": name, "statement": "a & b", "verdict": verdict, "measured": {}, "interval": {}}
    for name, verdict in itertools.zip_longest(
        CLAIM_TESTS, ("reproduced", "not reproduced", "inconclusive"), fillvalue="reproduced"
    )
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
    verdicts = pd.DataFrame({"claim": ["C1", "C2", "C3"], "verdict": ["reproduced", "inconclusive", "not reproduced"]})
    given = article_numbers(results, CLAIMS) | draw_numbers(verdicts) | verdict_numbers("pretrained", CLAIMS)
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


def test_claims_that_another_run_does_not_test_are_not_counted():
    verdicts = ("reproduced", "not run", "inconclusive", "reproduced", "not run")
    claims = [{"id": f"C{number}", "verdict": verdict} for number, verdict in enumerate(verdicts, start=1)]
    assert verdict_numbers("pretrained", claims) == {
        "pretrained claims reproduced": "C1, C4",
        "pretrained count reproduced": "2",
        "pretrained claims inconclusive": "C3",
        "pretrained count inconclusive": "1",
        "pretrained count claims": "3",
    }


@pytest.mark.parametrize(("value", "text"), [(0.125, "0.12"), (-0.125, "$-$0.12"), (-0.001, "0.00")])
def test_a_number_has_a_real_minus_and_no_negative_zero(value, text):
    assert number(value, 2) == text


def test_each_number_is_a_macro_of_its_own():
    text = macros({"share gsm": "0.5", "seeds": "3"})
    assert text.count(r"\expandafter\def") == 2
    assert r"\csname number share gsm\endcsname{0.5}" in text


def test_the_verdicts_over_draws_have_macros_that_follow_those_of_a_run():
    verdicts = pd.DataFrame({"claim": ["C1", "C2", "C8"], "verdict": ["reproduced", "inconclusive", "reproduced"]})
    numbers = draw_numbers(verdicts)
    assert numbers == {
        "draws claims reproduced": "C1, C8",
        "draws count reproduced": "2",
        "draws claims inconclusive": "C2",
        "draws count inconclusive": "1",
        "draws count claims": "3",
    }
    assert more_macros(numbers).count(r"\expandafter\def") == 5
    assert r"\newcommand" not in more_macros(numbers)
    published = pd.read_csv(PAPER / "generated" / "draw-verdicts.csv")
    assert (PAPER / "generated" / "draw-claims.tex").read_text("utf-8") == more_macros(draw_numbers(published))
