"""Word problems of one or two steps with small numbers, which a model of a hundred million weights can solve at times.

No name, and no sequence of numbers, is in two splits.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from superficial.config.types import Split
from superficial.english.row import Row, in_turn, of_split, row

_NAMES = """Anna Ben Carla Daniel Emma Felix Grace Henry Irene Jack Karen Liam Maria Noah Olivia Peter Ruth Simon Tina
Victor Wendy Adam Bella Carl Diana Edgar Fiona George Helen Isaac Julia Kevin Laura Martin Nina Oscar""".split()
_GOODS = ("apples", "books", "coins", "stamps", "marbles", "pencils", "cards", "shells")
_GAINS = ("buys", "finds", "is given")
_LOSSES = ("gives away", "loses", "sells")
_STARTS, _STEPS = range(3, 13), (*range(-6, -1), *range(2, 7))
_OPENERS = ("Let's work it out step by step.", "We can solve this step by step.", "Let's count.")


def rows(split: Split) -> Iterator[Row]:
    """Yield all word problems of a split."""
    problems = [
        (start, steps)
        for start in _STARTS
        for steps in [(first,) for first in _STEPS] + list(product(_STEPS, repeat=2))
        if all(start + sum(steps[: end + 1]) > 0 for end in range(len(steps)))
    ]
    for number, ((start, steps), person) in enumerate(product(of_split(problems, split), of_split(_NAMES, split))):
        yield _problem(number, person, start, steps)


def _problem(number: int, person: str, start: int, steps: tuple[int, ...]) -> Row:
    goods, value, events, working = in_turn(_GOODS, number), start, [], []
    for place, step in enumerate(steps):
        verb = in_turn(_GAINS if step > 0 else _LOSSES, number + place)
        events.append(f"{person} {verb} {abs(step)}{' more' if step > 0 else ' of them'}.")
        sign = "+" if step > 0 else "-"
        working.append(f"{value} {sign} {abs(step)} = {value + step}.")
        value += step
    question = f"{person} has {start} {goods}. {' '.join(events)} How many {goods} does {person} have now?"
    solution = f"{in_turn(_OPENERS, number)} {' '.join(working)} The answer is {value}."
    return row("gsm", question, solution, question=question, answer=f"{solution} #### {value}", person=person)
