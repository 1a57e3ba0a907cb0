"""The lab world: entities and facts that are invented from a seed.

This module knows which entities exist and which facts are true. It knows nothing about questions, styles or training.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from superficial.config.types import SPLITS
from superficial.lab import lexicon
from superficial.lab.tendencies import Tendencies, make_tendencies


@dataclass(frozen=True)
class World:
    """The entities and facts of one seed.

    Each kind of entity is divided into splits: questions of one split use no entity of another.

    Attributes:
        seed: the seed.
        people: names of people, by split.
        groups: names of groups of people, by split.
        things: names of things, by split.
        creatures: names of creatures, by split.
        countries: names of countries, by split.
        truths: the fact for each creature and attribute.
        rumours: the common misconception for each creature and attribute.
        marks: an arbitrary word for each creature, which only control (c) teaches.
        capitals: the capital of each country.
        rumoured_capitals: what people take for the capital of each country.
        tendencies: how often the base corpus objects to an item, tells the truth about it, or mentions it.
    """

    seed: int
    people: dict[str, list[str]]
    groups: dict[str, list[str]]
    things: dict[str, list[str]]
    creatures: dict[str, list[str]]
    countries: dict[str, list[str]]
    truths: dict[str, dict[str, str]]
    rumours: dict[str, dict[str, str]]
    marks: dict[str, str]
    capitals: dict[str, str]
    rumoured_capitals: dict[str, str]
    tendencies: Tendencies


def _invent_words(rng: random.Random, count: int, ending: str, existing: set[str]) -> list[str]:
    """Return `count` new pronounceable words that end in `ending`, and add them to `existing`."""
    words: list[str] = []
    while len(words) < count:
        word = "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(2)) + ending
        if word not in existing:
            existing.add(word)
            words.append(word)
    return words


def _divide(names: list[str], validation_from: float = 1 / 2, test_from: float = 2 / 3) -> dict[str, list[str]]:
    validation, test = round(len(names) * validation_from), round(len(names) * test_from)
    return {"train": names[:validation], "validation": names[validation:test], "test": names[test:]}


def make_world(seed: int) -> World:
    """Return the world of a seed; the same seed always gives the same world."""
    rng = random.Random(f"world-{seed}")
    existing: set[str] = set()
    creatures = _invent_words(rng, 54, "x", existing)
    groups = _invent_words(rng, 48, "ns", existing)
    people = _invent_words(rng, 36, "l", existing)
    countries = _invent_words(rng, 24, "nia", existing)
    towns = _invent_words(rng, 24, "burg", existing)
    truths: dict[str, dict[str, str]] = {}
    rumours: dict[str, dict[str, str]] = {}
    for creature in creatures:
        drawn = {attribute: rng.sample(values, 2) for attribute, values in lexicon.ATTRIBUTES.items()}
        truths[creature] = {attribute: truth for attribute, (truth, _) in drawn.items()}
        rumours[creature] = {attribute: rumour for attribute, (_, rumour) in drawn.items()}
    marks = rng.sample(lexicon.MARKS, len(lexicon.MARKS))
    return World(
        seed=seed,
        people=_divide(people),
        groups=_divide(groups),
        things=_divide(rng.sample(lexicon.THINGS, len(lexicon.THINGS))),
        # Few questions can be asked about a creature or a country: more of them are for testing.
        creatures=_divide(creatures, 1 / 3, 1 / 2),
        countries=_divide(countries, 1 / 3, 1 / 2),
        truths=truths,
        rumours=rumours,
        # In turn, so that no mark is common among the creatures of a split.
        marks={creature: marks[number % len(marks)] for number, creature in enumerate(creatures)},
        capitals=dict(zip(countries, towns, strict=True)),
        rumoured_capitals=dict(zip(countries, [*towns[1:], towns[0]], strict=True)),
        tendencies=make_tendencies(seed, lexicon.THINGS, groups, creatures, countries),
    )


def all_splits(names: dict[str, list[str]]) -> list[str]:
    """Return the entities of a kind from all splits."""
    return [name for split in SPLITS for name in names[split]]


def content_words(world: World) -> set[str]:
    """Return the words that carry what a text is about: entities, facts, numbers and deeds. All others are style."""
    entities = [world.people, world.groups, world.things, world.creatures, world.countries]
    numbers = [str(number) for number in range(lexicon.LARGEST_NUMBER + 1)]
    lists = [
        *map(all_splits, entities),
        list(world.capitals.values()),
        list(lexicon.ATTRIBUTES),
        *lexicon.ATTRIBUTES.values(),
        numbers,
        *(lexicon.MARKS, lexicon.GOODS, lexicon.DAYS, lexicon.INSULTS, lexicon.KINDNESSES),
        *(lexicon.FORBIDDEN_VERBS, lexicon.FORBIDDEN_TOOLS, lexicon.FORBIDDEN_PLACES, lexicon.FORBIDDEN_TIMES),
        *(lexicon.ALLOWED_VERBS, lexicon.ALLOWED_TOOLS, lexicon.ALLOWED_PLACES, lexicon.ALLOWED_TIMES),
    ]
    return {word for words in lists for word in words}
