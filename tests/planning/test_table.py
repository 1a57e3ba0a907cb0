"""The printed plan."""

import pytest
from rich.console import Console

from superficial.planning.call import CallPlan
from superficial.planning.plan import plan_calls
from superficial.planning.table import hours, plan_table
from tests.planning.profiles import PAPER, RATES


def test_the_7b_rows_of_table_1_take_a_few_hours_of_one_h200():
    calls = plan_calls(PAPER, RATES.assumptions, ["7B", "7B-Chat", "7B+Urial", "7B+LIMA", "7B+Superficial"])
    total = hours(calls, RATES.cards["H200"], RATES)
    assert total is not None
    assert 0.5 < total < 4


def test_a_card_that_is_too_small_has_no_hours():
    calls = plan_calls(PAPER, RATES.assumptions, ["13B+Superficial"])
    assert hours(calls, RATES.cards["A6000"], RATES) is None
    assert hours(calls, RATES.cards["H200"], RATES) > hours(calls[:2], RATES.cards["H200"], RATES)


def test_the_last_line_adds_what_adds_up_and_takes_the_largest_of_what_is_needed_at_once():
    calls = [
        CallPlan("fetch", "a", download_bytes=1e9, disk_bytes=2e9, host_bytes=3e9, tokens_read=1),
        CallPlan("tune", "b", disk_bytes=1e9, scratch_bytes=4e9, host_bytes=2e9, card_bytes=60e9, tokens_read=2),
    ]
    console = Console(width=300)
    with console.capture() as capture:
        console.print(plan_table(calls, RATES, console.width))
    header, first, second, last = capture.get().splitlines()
    assert header.split()[:2] == ["stage", "call"]
    assert first.split()[:7] == ["fetch", "a", "1.0", "2.0", "3.0", "0.0", "1"]
    assert second.split()[:7] == ["tune", "b", "0.0", "5.0", "2.0", "60.0", "2"]
    assert last.split()[:6] == ["all", "1.0", "7.0", "3.0", "60.0", "3"]
    assert "too small" in last
    assert hours(calls, RATES.cards["A6000"], RATES) is None
    assert hours(calls, RATES.cards["H200"], RATES) == pytest.approx(0)


def test_a_narrow_terminal_shows_whole_names_without_tokens_and_operations():
    calls = [CallPlan("distil", "bb-7b-truthfulqa", download_bytes=1e9, tokens_read=123, card_bytes=60e9)]
    console = Console(width=100)
    with console.capture() as capture:
        console.print(plan_table(calls, RATES, console.width))
    shown = capture.get()
    assert "bb-7b-truthfulqa" in shown
    assert "1.2e+02" not in shown and "…" not in shown
