"""A plan as a table in the terminal: what each call takes, and the hours on each card."""

from __future__ import annotations

from rich.table import Table

from superficial.planning.call import CallPlan
from superficial.planning.rates import GIGA, Card, Rates

_HOUR = 3600.0
# Columns that a table with all quantities needs.
_WIDTH_OF_ALL = 130
NOTE = (
    "Host and card: the memory that a call needs at once, for the card the least that is enough; the last line has the "
    "largest. Hours are of one card that runs one call after the other, without downloads, when every batch of "
    "responses reaches the maximum length. The rates are from data sheets, and the shares of them that are reached "
    "from one H200 or assumed (planning/cards.yaml)."
)


def hours(calls: list[CallPlan], card: Card, rates: Rates) -> float | None:
    """Return the hours of calls one after the other on a card; None where one of them does not fit it."""
    if any(call.card_bytes > card.memory_bytes for call in calls):
        return None
    return sum(call.seconds(card, rates.assumptions) for call in calls) / _HOUR


def plan_table(calls: list[CallPlan], rates: Rates, width: int) -> Table:
    """Return the plan: a line for each call, and a last line for all of them.

    Args:
        calls: what the plan has.
        rates: the cards.
        width: of the terminal; a narrow one has no room for tokens and operations.
    """
    is_wide = width >= _WIDTH_OF_ALL
    table = Table(box=None, header_style="bold")
    for column in ("stage", "call"):
        table.add_column(column, no_wrap=True)
    amounts = ("tokens read", "written", "operations") if is_wide else ()
    for column in ("download GB", "disk GB", "host GB", "card GB", *amounts, *(f"{card}, h" for card in rates.cards)):
        table.add_column(column, justify="right", min_width=max(map(len, column.split())))
    for call in calls:
        table.add_row(call.stage, call.name, *_cells([call], rates, is_wide))
    table.add_row("all", "", *_cells(calls, rates, is_wide), style="bold")
    return table


def _cells(calls: list[CallPlan], rates: Rates, is_wide: bool) -> list[str]:
    sizes = (
        sum(call.download_bytes for call in calls),
        sum(call.disk_bytes + call.scratch_bytes for call in calls),
        max(call.host_bytes for call in calls),
        max(call.card_bytes for call in calls),
    )
    amounts = (
        sum(call.tokens_read for call in calls),
        sum(call.tokens_written for call in calls),
        sum(call.operations for call in calls),
    )
    return [
        *(f"{size / GIGA:.1f}" for size in sizes),
        *(f"{amount:.2g}" for amount in amounts if is_wide),
        *(_hours(calls, card, rates) for card in rates.cards.values()),
    ]


def _hours(calls: list[CallPlan], card: Card, rates: Rates) -> str:
    total = hours(calls, card, rates)
    return "too small" if total is None else f"{total:.2f}"
