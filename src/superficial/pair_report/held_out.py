"""Which prompts a head of a report learns from, and on which it is measured: never on those that it learned from."""

from __future__ import annotations

import random
import warnings
from dataclasses import dataclass
from typing import Any

from superficial.errors import Note
from superficial.models.identity import digest
from superficial.pair_prompts import PairPrompts

# Of all prompts, those that a head which is learned for the report does not see.
HELD_OUT_SHARE = 0.2
# Fewer give no intervals worth reading.
FEWEST_HELD_OUT = 5
_FEWEST_LEARNED = 2


@dataclass(frozen=True)
class Split:
    """Numbers of prompts: `learned` are those that a new head learns from; none where there is a head already."""

    learned: list[int]
    held_out: list[int]


def split_for_new_head(prompts: PairPrompts, seed: int) -> Split:
    """Draw the held-out prompts; a new head learns from all others.

    Raises:
        ValueError: if there are too few prompts.
    """
    count, fewest = len(prompts.texts), FEWEST_HELD_OUT + _FEWEST_LEARNED
    if count < fewest:
        raise ValueError(
            f"There are {count} different prompts; a report needs at least {fewest}: {FEWEST_HELD_OUT} to measure on "
            f"and {_FEWEST_LEARNED} to learn a head from."
        )
    size = max(FEWEST_HELD_OUT, round(HELD_OUT_SHARE * count))
    held_out = sorted(random.Random(seed).sample(range(count), size))
    return Split([number for number in range(count) if number not in set(held_out)], held_out)


def split_for_saved_head(prompts: PairPrompts, card: dict[str, Any]) -> Split:
    """Hold out the prompts that a saved head has not learned from, as its card tells.

    A note says if the card does not tell.

    Raises:
        ValueError: if too few prompts remain.
    """
    recorded = card.get("prompts")
    recorded = recorded if isinstance(recorded, dict) else {}
    each = recorded.get("each")
    seen = {str(known) for known in each} if isinstance(each, list) else set()
    held_out = [number for number, known in enumerate(prompts.digests()) if known not in seen]
    if not seen and recorded.get("sha256") == digest(prompts.texts):
        held_out = []
    elif not seen:
        warnings.warn(
            "the head's card does not tell which prompts it learned from; its share of the KL is too good if any of "
            "them are in this file.",
            Note,
            stacklevel=2,
        )
    if len(held_out) < FEWEST_HELD_OUT:
        raise ValueError(
            f"{len(held_out)} of the {len(prompts.texts)} prompts are new to this head; a report measures on at least "
            f"{FEWEST_HELD_OUT} that it did not learn from."
        )
    return Split([], held_out)
