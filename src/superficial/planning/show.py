"""A plan as a table in the terminal: what each stage takes, and the hours on each card."""

from __future__ import annotations

from rich.table import Table

from superficial.planning.work import GIGA, Card, Rates, Step

_HOUR = 3600.0


def hours(steps: list[Step], card: Card, rates: Rates) -> float | None:
    """Return the hours of steps one after the other on a card; None where one of them does not fit it."""
    if any(step.card > card.memory_gigabytes * GIGA for step in steps):
        return None
    return sum(step.seconds(card, rates.assumed) for step in steps) / _HOUR


def _hours(steps: list[Step], card: Card, rates: Rates) -> str:
    found = hours(steps, card, rates)
    return "too small" if found is None else f"{found:.2f}"


def plan_table(steps: list[Step], rates: Rates) -> Table:
    """Return the plan: a line a stage call, then a line for the whole."""
    table = Table("stage", "call", box=None, header_style="bold")
    sizes = ("download GB", "disk GB", "host GB", "card GB", "tokens read", "written", "operations")
    for column in (*sizes, *(f"{card}, h" for card in rates.cards)):
        table.add_column(column, justify="right")

    def add(stage: str, name: str, of: list[Step], style: str = "") -> None:
        numbers = (
            sum(s.download for s in of),
            sum(s.disk for s in of),
            max(s.host for s in of),
            max(s.card for s in of),
        )
        table.add_row(
            stage,
            name,
            *(f"{number / GIGA:.1f}" for number in numbers),
            f"{sum(s.read for s in of):.2g}",
            f"{sum(s.written for s in of):.2g}",
            f"{sum(s.operations for s in of):.2g}",
            *(_hours(of, card, rates) for card in rates.cards.values()),
            style=style,
        )

    for step in steps:
        add(step.stage, step.name, [step])
    add("all", "", steps, style="bold")
    return table


NOTE = (
    "Host and card: the most a call needs at once, and the card's least; sums elsewhere. Hours are of one card, stage "
    "after stage, without downloads, and every batch is counted as going on to the longest response. The rates are "
    "makers' data sheets and assumed shares of them (planning/cards.yaml), not measurements."
)
