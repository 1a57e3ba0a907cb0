"""What each card can run of a profile, in the terminal and as the page docs/PAPER_RUN.md; computed from the plan."""

from __future__ import annotations

from collections.abc import Iterator

from repro.engine.paths import ROOT, profile_file
from superficial.config import Profile, load_profile
from superficial.planning.rates import Rates, read_rates
from superficial.planning.rows import CardRows, rows_by_card

PAGE = ROOT / "docs" / "PAPER_RUN.md"
_NO_CARD = "No card: `invoke rehearse` runs the same workflow on tiny random models, `invoke reproduce-all` the lab."
_PAGE = """# What you can run of the paper

Generated from the plan by `invoke docs`; `invoke plan --profile paper` prints the same. Hours and memory are estimates,
see [bench/RESULTS.md](../bench/RESULTS.md) for how they compare with what was measured.

## Without a card
Profile `paper` stops at once and says so. These run on a CPU:

| command | what it runs |
| --- | --- |
| `invoke rehearse` | the whole workflow of `paper` on tiny random models, in minutes; the numbers mean nothing |
| `invoke reproduce-all` | every table, figure and claim in the lab, on models trained from scratch |
| `invoke reproduce-all --from paper/lab.zip` | tables, figures and claims from recorded results, without models |
| `invoke plan --profile paper --rows 7B,7B-Chat,7B+Superficial` | what some rows would take |

## With a card
A row of a table can be run if each of its steps fits the memory of the card. `invoke profile paper --rows ...` writes a
profile of some rows: their models, pairs and heads, and the reports that can be made of them.

{table}

{commands}

## How memory can be saved
- **LoRA**: every fine-tuning of the 7B and 13B models in `paper` learns adapters already (`lora` in the profile).
- **8-bit weights**: not supported. A head is learned from the base's exact hidden states and belongs to one fingerprint
  of its weights; a rounded backbone would be another base model.
- **A card that is a little too small**: layers that do not fit stay on the host and are moved for each step. That works
  and is many times slower, which the plan does not count.
- **Black-box heads**: `black_box_distillation.token_limit` bounds W_trans; half of it takes a quarter of the memory.
"""


def commands_text(profile: Profile, rates: Rates) -> Iterator[str]:
    """Yield a line for each card, and below it the commands for what it can run."""
    yield _NO_CARD.replace("`", "")
    for card in rows_by_card(profile, rates):
        yield f"{card.card}, {card.memory_gigabytes:g} GB: {_summary(profile, card)}"
        yield from (f"  {command}" for command in _commands(card))


def page() -> str:
    """Return the page about profile paper, as Markdown."""
    profile, rates = load_profile(profile_file("paper")), read_rates()
    cards = rows_by_card(profile, rates)
    lines = ["| card | memory, GB | rows | hours |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {card.card} | {card.memory_gigabytes:g} | {_count(profile, card)} | {_hours(card)} |" for card in cards
    ]
    commands: dict[tuple[str, ...], list[str]] = {}
    for card in cards:
        commands.setdefault(tuple(_commands(card)), []).append(card.card)
    blocks = [f"{', '.join(names)}:\n\n```\n" + "\n".join(block) + "\n```" for block, names in commands.items()]
    return _PAGE.format(table="\n".join(lines), commands="\n\n".join(blocks))


def _commands(card: CardRows) -> list[str]:
    return card.commands or ["invoke reproduce-all --profile small"]


def _count(profile: Profile, card: CardRows) -> str:
    if not card.rows:
        return "none with a head; profile small fits"
    return "all" if len(card.rows) == len(profile.variants) else f"{len(card.rows)} of {len(profile.variants)}"


def _hours(card: CardRows) -> str:
    return "" if card.hours is None else f"{card.hours:.1f}"


def _summary(profile: Profile, card: CardRows) -> str:
    hours = f", {_hours(card)} hours" if card.hours is not None else ""
    return f"rows: {_count(profile, card)}{hours}"
