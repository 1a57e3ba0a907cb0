"""claims.yaml as it is committed and as an author may break it."""

import pytest

from repro.engine.paths import ROOT
from superficial.published.claims import claim_order, load_claims
from superficial.reporting.claims.registry import CLAIMS

FILE = ROOT / "paper" / "claims.yaml"
CLAIM = """C1:
  statement: s
  title: t
  paper: Table 1
  published: p
  measures: [gsm]
  tolerance: {margin: 0.1}
  criterion: at most {margin} above
  source: tables/table1.csv
"""


def test_every_claim_is_stated_with_its_tolerances_in_the_criterion():
    claims = load_claims(FILE)
    assert (
        list(claims)
        == list(CLAIMS)
        == [f"C{number}" for number in range(1, 12)] + [f"D{number}" for number in range(1, 7)]
    )
    assert "less than 0.1 above the aligned" in claims["C1"].description()["criterion"]
    assert not any("{" in claim.description()["criterion"] for claim in claims.values())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{margin} above", "0.1 above", "criterion names no tolerance; the tolerances are margin"),
        ("{margin: 0.1}", "{}", "criterion names margin; the tolerances are none"),
        ("{margin: 0.1}", "{margin: wide}", "field 'C1.tolerance.margin' has the value 'wide'"),
        ("  paper: Table 1\n", "", "field 'C1.paper'"),
        ("[gsm]", "[]", "field 'C1.measures' has the value \\[\\]"),
        ("source:", "sauce:", "field 'C1.source'"),
        ("C1:", "- C1:", "is not YAML|not a mapping"),
        ("title: t", f"title: {'t ' * 11}", "it has 11 words; a title has at most 10"),
    ],
)
def test_what_is_wrong_with_the_file_is_one_sentence(tmp_path, old, new, said):
    (tmp_path / "claims.yaml").write_text(CLAIM.replace(old, new))
    with pytest.raises(ValueError, match=said):
        load_claims(tmp_path / "claims.yaml")


def test_a_title_may_have_ten_words(tmp_path):
    (tmp_path / "claims.yaml").write_text(CLAIM.replace("title: t", f"title: {'t ' * 10}"))
    assert len(load_claims(tmp_path / "claims.yaml")["C1"].title.split()) == 10


def test_claims_are_sorted_by_letter_then_by_number():
    assert sorted(["D1", "C10", "D12", "C2"], key=claim_order) == ["C2", "C10", "D1", "D12"]


def test_a_tolerance_that_a_test_needs_must_be_there(tmp_path):
    (tmp_path / "claims.yaml").write_text(CLAIM)
    claim = load_claims(tmp_path / "claims.yaml")["C1"]
    assert claim.tolerance_for("margin") == 0.1
    with pytest.raises(ValueError, match="needs the tolerance 'fall'; it has margin"):
        claim.tolerance_for("fall")
