"""The claims in a terminal: one line a claim, no longer than the terminal, with the number that decides."""

import pytest

from superficial.reporting.claim_lines import claim_lines, deciding_number
from superficial.reporting.claims.registry import CLAIMS, check
from tests.reporting.means import planted_means


@pytest.fixture(scope="module")
def claims(tmp_path_factory):
    results = planted_means(tmp_path_factory.mktemp("results"))
    return [check(results, name) for name in CLAIMS]


@pytest.mark.parametrize("width", [80, 100, 120, 160, 240])
def test_each_claim_is_one_line_that_fits(claims, width):
    lines = [line.plain for line in claim_lines(claims, width)]
    assert len(lines) == 1 + len(claims)
    assert max(map(len, lines)) <= width
    for claim, line in zip(claims, lines[1:], strict=True):
        assert line.split()[0] == claim["id"]
        assert claim["verdict"] in line and deciding_number(claim)[0] in line
    assert (claims[0]["title"] in lines[1]) == (width >= 120)
    assert ("HarmRate 0.66" in lines[1]) == (width >= 240)


def test_the_deciding_number_of_a_claim_that_fails_is_one_that_fails(tmp_path):
    failed = check(planted_means(tmp_path, {"Small+Superficial": {"toxigen": 1.0}}), "C1")
    assert failed["verdict"] == "not reproduced"
    assert deciding_number(failed)[1] == "ToxiScore, Small+Superficial minus Small-Chat"
    assert deciding_number(failed)[0].startswith("1.000 [")


def test_a_claim_that_was_not_run_has_no_number(claims):
    assert deciding_number(claims[-1]) == ("", "")
    assert "not run" in claim_lines(claims, 120)[-1].plain
