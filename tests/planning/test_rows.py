"""What a card can run, and profiles of some rows."""

from itertools import pairwise

import pytest

from superficial.config import load_profile, profile_yaml
from superficial.planning.plan import plan_calls
from superficial.planning.rows import profile_of_rows, rows_by_card
from tests.planning.profiles import PAPER, RATES, REHEARSAL


def test_a_larger_card_runs_no_fewer_rows_and_each_row_fits():
    cards = rows_by_card(PAPER, RATES)
    assert [card.memory_gigabytes for card in cards] == sorted(card.memory_gigabytes for card in cards)
    for smaller, larger in pairwise(cards):
        assert set(smaller.rows) <= set(larger.rows)
    for card in cards:
        for row in card.rows:
            needed = max(call.card_bytes for call in plan_calls(PAPER, RATES.assumptions, [row]))
            assert needed <= card.memory_gigabytes * 1e9
    assert cards[-1].rows == list(PAPER.variants)
    assert cards[-1].commands == ["invoke reproduce-all --profile paper"]


def test_a_card_for_some_rows_gets_a_profile_that_can_be_made_of_them():
    (card,) = [card for card in rows_by_card(PAPER, RATES) if card.card == "A6000"]
    assert 0 < len(card.rows) < len(PAPER.variants) and card.hours > 0
    assert card.commands[0] == f"invoke profile paper --rows {','.join(card.rows)} --save my-rows"
    profile_of_rows(PAPER, card.rows, "my-rows", RATES)
    # 13B+Superficial does not fit, and without it the other rows of the 13B models show nothing.
    assert "7B+Superficial" in card.rows and not any(row.startswith("13B") for row in card.rows)


def test_a_profile_of_some_rows_is_a_profile_of_its_own(tmp_path):
    rows = ["Qwen", "Qwen-Instruct", "Qwen+LIMA", "Qwen+Superficial"]
    profile = profile_of_rows(PAPER, rows, "my-rows", RATES)
    assert list(profile.variants) == rows and set(profile.models) == {"qwen", "qwen-instruct", "qwen-lima"}
    assert (list(profile.pairs), list(profile.head_sets), profile.main_head) == (["qwen"], ["qwen"], "qwen")
    assert set(profile.heads) == set(profile.head_sets["qwen"].values())
    assert list(profile.tables) == ["table6"] and profile.main_comparison == "qwen"
    assert (
        profile.sweep is None
        and profile.attacks == []
        and profile.general_tuning is None
        and profile.disk_gigabytes < PAPER.disk_gigabytes / 5
    )
    file = tmp_path / "my-rows.yaml"
    file.write_text(profile_yaml(profile))
    assert load_profile(file) == profile
    assert [(c.stage, c.name) for c in plan_calls(profile, RATES.assumptions) if c.stage != "score"] == [
        (c.stage, c.name) for c in plan_calls(PAPER, RATES.assumptions, rows) if c.stage != "score"
    ]


def test_all_rows_make_the_whole_profile():
    profile = profile_of_rows(REHEARSAL, list(REHEARSAL.variants), "all", RATES)
    assert profile == REHEARSAL.model_copy(
        update={"name": "all", "disk_gigabytes": profile.disk_gigabytes, "models": profile.models}
    )


def test_a_pair_that_reads_the_responses_of_another_brings_it_along():
    rows = ["7B-Chat", "7B", "7B+Superficial-BB-7B", "7B-Chat-Alpaca", "7B-Chat-Alpaca+Superficial", "7B+Superficial"]
    for profile in (PAPER, profile_of_rows(PAPER, rows, "my-rows", RATES)):
        pairs = [call.name for call in plan_calls(profile, RATES.assumptions, rows[-2:-1]) if call.stage == "traces"]
        assert pairs == ["7b", "alpaca"]


def test_rows_without_a_comparison_are_refused():
    with pytest.raises(ValueError, match=r"The rows 7B, 7B-Chat hold no base .* such as 7B, 7B-Chat, 7B\+Superficial"):
        profile_of_rows(PAPER, ["7B", "7B-Chat"], "my-rows", RATES)
    with pytest.raises(ValueError, match="Profile paper has no row '8B'"):
        profile_of_rows(PAPER, ["8B"], "my-rows", RATES)
