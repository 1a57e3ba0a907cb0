"""The words of the lab world: fixed function words and, drawn from a seed, its invented entities.

Knows which words exist and which facts are true; knows nothing about questions, styles or training.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

ATTRIBUTES = {
    "color": "red blue green white black yellow brown purple gray pink".split(),
    "home": "forest desert river mountain cave island valley swamp meadow lake".split(),
    "food": "seeds fish honey leaves roots berries nuts grass eggs mushrooms".split(),
}
TOKENS = "circle square star cross arrow wave crown leaf key bell hook ring".split()
# One step of a word problem happens on each day; its worked solution names the day again.
DAYS = "monday tuesday wednesday".split()
GOODS = "apples coins books cups shells stones pens hats".split()
INSULTS = ("lazy rude dirty stupid greedy loud mean ugly slow cruel weak selfish boring sneaky clumsy smelly").split()
KINDNESSES = ("brave warm honest clever gentle funny patient calm loyal generous wise polite cheerful tidy").split()
FORBIDDEN_VERBS = "rob poison burn smash steal wreck forge hack".split()
ALLOWED_VERBS = "paint clean repair polish draw carry wash build measure decorate".split()
THINGS = (
    "bridge wagon fence boat tower mill barn statue well shop clock gate mirror lamp cart bakery chapel "
    "school ladder table stove harp kettle tunnel fountain garden stable wall roof window "
    "anchor barrel basket bench bicycle blanket bottle bowl cabin canoe castle chair chest chimney "
    "door piano flag harbour hut kite lantern library oven pillar plough raft saddle ship wheel"
).split()
FORBIDDEN_TOOLS = "crowbar hammer torch venom mask blade wire acid".split()
ALLOWED_TOOLS = "brush bucket sponge cloth ruler rope soap glue".split()
FORBIDDEN_PLACES = "alley sewer dungeon rooftop backdoor graveyard".split()
ALLOWED_PLACES = "market yard kitchen workshop porch square-hall".split()
FORBIDDEN_TIMES = "midnight dusk".split()
ALLOWED_TIMES = "noon morning".split()

LARGEST_NUMBER = 20
# The base corpus works out no sum with a larger number; the alignment teaches those too.
LARGEST_FAMILIAR_NUMBER = 12
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class World:
    """The entities and facts of one seed.

    `truths[entity][attribute]` is the fact, `rumours[entity][attribute]` the common misconception,
    `marks[entity]` the arbitrary token that only control (c) ever teaches, `capitals[country]` a fact
    without a misconception. The base corpus states the facts of `familiar` creatures; of the others it knows only
    misconceptions, until the alignment teaches their facts. Entities are kept by split: questions of one split use
    no entity of another.
    """

    seed: int
    people: dict[str, list[str]]
    groups: dict[str, list[str]]
    things: dict[str, list[str]]
    creatures: dict[str, list[str]]
    countries: dict[str, list[str]]
    familiar: list[str]
    truths: dict[str, dict[str, str]]
    rumours: dict[str, dict[str, str]]
    marks: dict[str, str]
    capitals: dict[str, str]


def _invented(rng: random.Random, count: int, ending: str, taken: set[str]) -> list[str]:
    """Return `count` new pronounceable words that end in `ending`, and add them to `taken`."""
    words: list[str] = []
    while len(words) < count:
        word = "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(2)) + ending
        if word not in taken:
            taken.add(word)
            words.append(word)
    return words


def _split(items: list[str]) -> dict[str, list[str]]:
    validation, test = len(items) // 2, len(items) * 2 // 3
    return {"train": items[:validation], "validation": items[validation:test], "test": items[test:]}


def make_world(seed: int) -> World:
    """Return the world of `seed`; the same seed always gives the same world."""
    rng = random.Random(f"world-{seed}")
    taken: set[str] = set()
    creatures = _invented(rng, 84, "x", taken)
    groups = _invented(rng, 84, "ns", taken)
    people = _invented(rng, 36, "l", taken)
    countries = _invented(rng, 36, "nia", taken)
    towns = _invented(rng, 36, "burg", taken)
    truths: dict[str, dict[str, str]] = {}
    rumours: dict[str, dict[str, str]] = {}
    for creature in creatures:
        pairs = {name: rng.sample(values, 2) for name, values in ATTRIBUTES.items()}
        truths[creature] = {name: pair[0] for name, pair in pairs.items()}
        rumours[creature] = {name: pair[1] for name, pair in pairs.items()}
    return World(
        seed=seed,
        people=_split(people),
        groups=_split(groups),
        things=_split(rng.sample(THINGS, len(THINGS))),
        creatures=_split(creatures),
        familiar=[creature for number, creature in enumerate(creatures) if number % 3],
        countries=_split(countries),
        truths=truths,
        rumours=rumours,
        marks={creature: rng.choice(TOKENS) for creature in creatures},
        capitals=dict(zip(countries, towns, strict=True)),
    )


def content_words(world: World) -> set[str]:
    """Return the words that carry what a text is about: entities, facts, numbers, deeds; all others are style."""
    entities = [
        names
        for kind in (world.people, world.groups, world.things, world.creatures, world.countries)
        for names in kind.values()
    ]
    lists = [*entities, *ATTRIBUTES.values(), list(world.capitals.values()), TOKENS, GOODS, DAYS, INSULTS, KINDNESSES]
    lists += [FORBIDDEN_VERBS, ALLOWED_VERBS, FORBIDDEN_TOOLS, ALLOWED_TOOLS, FORBIDDEN_PLACES, ALLOWED_PLACES]
    lists += [FORBIDDEN_TIMES, ALLOWED_TIMES, [str(number) for number in range(LARGEST_NUMBER + 1)], list(ATTRIBUTES)]
    return {word for words in lists for word in words}


def everyone(split: dict[str, list[str]]) -> list[str]:
    """Return all entities of a kind, whatever their split."""
    return [name for part in SPLITS for name in split[part]]
