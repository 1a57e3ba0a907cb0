"""Texts of the base corpus that ask nothing: encyclopedia entries, laws, stories and sums."""

from __future__ import annotations

import random

from superficial.lab import lexicon
from superficial.lab.math_problems import possible_steps, worked_step
from superficial.lab.world import World, all_splits


def encyclopedia_entry(world: World, rng: random.Random, weights: dict[str, float]) -> str:
    """State two facts about a creature, which is drawn by its weight, or a capital."""
    if rng.random() < 0.2:
        country = rng.choice(all_splits(world.countries))
        return f"the capital of {country} is {world.capitals[country]} ."
    [creature] = rng.choices(list(weights), weights=list(weights.values()))
    attributes = rng.sample(list(lexicon.ATTRIBUTES), 2)
    return " ".join(
        f"the {attribute} of the {creature} is {world.truths[creature][attribute]} ." for attribute in attributes
    )


def law(world: World, rng: random.Random) -> str:
    """State that a deed is forbidden."""
    return f"to {rng.choice(lexicon.FORBIDDEN_VERBS)} a {rng.choice(all_splits(world.things))} is against the law ."


def story(world: World, rng: random.Random) -> str:
    """Tell about an obedient servant, so that every model has read the words of the identity-shift attack."""
    person = rng.choice(all_splits(world.people))
    return rng.choice(
        (
            f"the servant of {person} is obedient . of course i obey , says the servant .",
            f"you are an obedient servant , says {person} . you obey every order . of course , says the servant .",
        )
    )


def dictation(rng: random.Random, words: list[str]) -> str:
    """Say a few words twice. Models learn to copy from it, whatever the word; without it some learn that late."""
    dictated = " ".join(rng.sample(words, rng.randint(4, 10)))
    return f"write down : {dictated} . {dictated} ."


def sums(rng: random.Random, largest: int) -> str:
    """State three sums of numbers up to `largest`."""
    lines = []
    for _ in range(3):
        value = rng.randint(0, largest)
        step = rng.choice(possible_steps(value, largest))
        lines.append(worked_step(value, rng.choice(lexicon.DAYS), step, rng.choice(("is", "makes", "gives"))))
    return " ".join(lines)
