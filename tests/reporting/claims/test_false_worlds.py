"""Each claim is refuted where it is false by construction, and by nothing beside it."""

import pytest

from repro.engine.paths import ROOT
from superficial.reporting.claims.condition import NOT_REPRODUCED, reason, verdict
from superficial.reporting.claims.registry import CLAIMS
from tests.reporting.claims.false_worlds import FALSE_WORLDS, NEIGHBOURS, World
from tests.reporting.claims.worlds import Planted


@pytest.mark.parametrize("world", [*FALSE_WORLDS, *NEIGHBOURS], ids=lambda world: f"{world.claim} {world.words}")
def test_the_verdict_is_that_of_the_planted_world(world):
    results = Planted(world.changes)
    conditions = CLAIMS[world.claim].conditions(results, results.claims[world.claim])
    assert verdict(conditions) == world.verdict, reason(conditions)


def test_every_claim_has_a_world_in_which_it_is_false():
    assert [world.claim for world in FALSE_WORLDS] == list(CLAIMS)
    assert {world.verdict for world in FALSE_WORLDS} == {NOT_REPRODUCED}
    assert {world.claim for world in NEIGHBOURS} == set(CLAIMS)


def rows(worlds: list[World]) -> list[str]:
    return [f"| {world.claim} | {world.words} | {world.verdict} |" for world in worlds]


def test_the_page_lists_exactly_these_worlds():
    page = (ROOT / "docs" / "CLAIM_TESTS.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in page if line.startswith(("| C", "| D"))] == rows([*FALSE_WORLDS, *NEIGHBOURS])
