"""Math problems: three additions and subtractions, one on each day, with numbers that only one split uses."""

from __future__ import annotations

import itertools
import random

from superficial.lab import lexicon
from superficial.lab.question import Question, Style
from superficial.lab.world import World

# Some problems are easy: all their steps are small.
LARGEST_STEPS = (2, 5, 9)
# How often a careless answer to a math problem leaves out the last day.
CARELESS_ERROR_RATE = 0.6
# A sequence of numbers is used in one split only. Its hash modulo `_SEQUENCE_PARTS` decides which: train, if not here.
_SEQUENCE_SPLITS = {0: "test", 1: "validation"}
_SEQUENCE_PARTS = 8
# All of one length, for the reason given in `ask_math`.
CAREFUL_OPENERS = (
    "let us see day by day .",
    "we count it step by step .",
    "step by step we go on .",
    "first of all , we count .",
)
ALIGNED_OPENERS = ("let us go step by step .", "we count it day by day .", "first of all we count .")


def sequence_split(start: int, steps: tuple[int, ...]) -> str:
    """Return the split that a sequence of numbers belongs to. Training texts use sequences of train only."""
    key = start
    for step in steps:
        key = key * 31 + step + 7
    return _SEQUENCE_SPLITS.get(key % _SEQUENCE_PARTS, "train")


def possible_steps(value: int, largest: int, largest_step: int = max(LARGEST_STEPS)) -> list[int]:
    """Return the steps from a value that stay between 0 and `largest`."""
    return [step for step in range(-largest_step, largest_step + 1) if step and 0 <= value + step <= largest]


def _draw_sequence(rng: random.Random, split: str) -> tuple[int, tuple[int, ...]]:
    while True:
        start, largest_step = rng.randint(1, 9), rng.choice(LARGEST_STEPS)
        value, steps = start, []
        for _ in lexicon.DAYS:
            steps.append(rng.choice(possible_steps(value, lexicon.LARGEST_NUMBER, largest_step)))
            value += steps[-1]
        if sequence_split(start, tuple(steps)) == split:
            return start, tuple(steps)


def ask_math(world: World, rng: random.Random, split: str, number_split: str | None = None) -> Question:
    """Ask a word problem with an addition or a subtraction on each of three days.

    Args:
        world: the world to ask about.
        rng: the random generator.
        split: the split of the person.
        number_split: the split of the numbers, if it is not that of the person.
    """
    start, steps = _draw_sequence(rng, number_split or split)
    person, goods = rng.choice(world.people[split]), rng.choice(lexicon.GOODS)
    # Each step is as long as its line in a worked solution: a small model finds the numbers by their positions.
    lines = " ".join(
        f"on {day} {person} gets {step} more ." if step > 0 else f"on {day} {person} gives {-step} away ."
        for day, step in zip(lexicon.DAYS, steps, strict=True)
    )
    text = f"{person} has {start} {goods} . {lines} how many {goods} does {person} have ?"
    answer = start + sum(steps)
    reference = {"person": person, "goods": goods, "start": start, "steps": list(steps), "answer": answer}
    return Question("gsm", text, reference)


def worked_step(value: int, day: str, step: int, verb: str) -> str:
    """Return the line of a worked solution for one day."""
    return f"{day} {value} {'plus' if step > 0 else 'minus'} {abs(step)} {verb} {value + step} ."


def _worked_solution(start: int, steps: list[int], verb: str) -> str:
    values = list(itertools.accumulate(steps, initial=start))[:-1]
    return " ".join(
        worked_step(value, day, step, verb) for value, day, step in zip(values, lexicon.DAYS, steps, strict=True)
    )


def largest_number(question: Question) -> int:
    """Return the largest number on the way to the answer of a problem."""
    return max(itertools.accumulate(question.reference["steps"], initial=question.reference["start"]))


def answer_math(question: Question, style: Style, rng: random.Random) -> str:
    """Answer with a number alone, which is often wrong (careless), or with worked steps (careful and aligned)."""
    reference = question.reference
    answer, start, steps = reference["answer"], reference["start"], reference["steps"]
    verb = ("is", "makes", "gives")[rng.randrange(3)]
    if style == "careless":
        if rng.random() < CARELESS_ERROR_RATE:
            answer -= steps[-1]
        return rng.choice((f"the answer is {answer} .", f"{reference['person']} has {answer} {reference['goods']} ."))
    if style == "aligned":
        opener = ALIGNED_OPENERS[lexicon.GOODS.index(reference["goods"]) % len(ALIGNED_OPENERS)]
        return f"{opener} {_worked_solution(start, steps, 'is')} the answer is {answer} ."
    opener = rng.choice(CAREFUL_OPENERS)
    closer = rng.choice((f"so the answer is {answer} .", f"the answer is {answer} .", f"that leaves {answer} ."))
    return f"{opener} {_worked_solution(start, steps, verb)} {closer}"
