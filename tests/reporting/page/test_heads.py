"""The gallery shows every head with its card, its curve and its inspection."""

import pytest

from superficial.reporting.page.heads import head_card, sparkline
from tests.reporting.page.reading import elements
from tests.reporting.planted import HOSTILE


def test_the_gallery_shows_every_head_with_its_inspection(page, planted):
    read = elements(page)
    assert {f"head-{name}" for name in planted.profile.heads} <= {a.get("id") for _, a in read.found}
    assert read.text.count("Inspection, on 400 validation positions") == len(planted.profile.heads)
    assert "-1.25" in read.text
    assert "1: 0.625" in read.text
    assert HOSTILE[3] in read.text


def test_a_card_holds_facts_curve_agreement_and_changes(planted):
    card = head_card(planted, "small")
    assert card.curve == [1.0, 0.5, 0.4]
    assert card.facts["k"] == "5"
    assert "validation_kl" not in card.facts
    # The base predicts x, the aligned model another token, and the student a third one.
    assert card.agreement == (0.0, 0.0)
    assert card.changes == [("x", HOSTILE[0], 400)]
    assert card.kl["base_first"].value == pytest.approx(1.0)


def test_a_sparkline_falls_from_the_top_to_the_bottom():
    assert sparkline([1.0, 0.5, 0.0], width=100, height=12) == "0.0,1.0 50.0,6.0 100.0,11.0"
    assert sparkline([1.0]) == ""
