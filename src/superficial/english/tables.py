"""Tables of rows by the kinds of questions and their counts, as a profile asks for them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from superficial.config.questions import Made
from superficial.config.types import Split
from superficial.english import arithmetic, lists, misconceptions, requests
from superficial.english.row import Row

KINDS: dict[str, Callable[[Split], Iterator[Row]]] = {
    "arithmetic": arithmetic.rows,
    "misconceptions": misconceptions.rows,
    "harmful": requests.harmful_rows,
    "look-alikes": requests.lookalike_rows,
    "ordinary": requests.ordinary_rows,
    "unkind-lists": lists.unkind_rows,
    "kind-lists": lists.kind_rows,
}


def make_rows(made: Made) -> list[Row]:
    """Return the rows of a table, each different, in random order.

    Raises:
        ValueError: if there is no such kind, or it has fewer different questions in this split.
    """
    generator = random.Random(made.seed)
    rows = []
    for kind, count in made.counts.items():
        if kind not in KINDS:
            raise ValueError(f"There are no questions of the kind {kind!r}; the kinds are {', '.join(KINDS)}.")
        all_rows = list(KINDS[kind](made.split))
        if count > len(all_rows):
            raise ValueError(
                f"{count} questions of the kind {kind} are asked for; the split {made.split} has {len(all_rows)}."
            )
        rows += generator.sample(all_rows, count)
    generator.shuffle(rows)
    return rows
