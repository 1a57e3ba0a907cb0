"""How often the base corpus of a world does what: graded by item, and drawn anew for each world.

Nothing here is a fraction of items of two kinds. Each item has a log odds of its own, so that no single planted number
decides how much of the alignment a base model already knows.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from statistics import NormalDist

from superficial.lab import lexicon

# The only attribute of a country.
CAPITAL = "capital"


@dataclass(frozen=True)
class Tendencies:
    """Log odds and frequencies of a world.

    Attributes:
        objection_to_verb: log odds that a document objects to a request with this verb.
        objection_to_thing: what a thing adds to them.
        objection_to_insult: log odds that a document objects to a list that begins with this insult.
        objection_to_group: what a group adds to them.
        candor: how often a careless document tells the truth about an attribute of a creature or a country.
        familiarity: how often careful documents are about a creature, relative to others.
        reach: a sum whose largest number is n occurs in careful documents in proportion to exp(-n / reach).
        consistency: log odds that the alignment data object to a forbidden verb, or to an insult.
    """

    objection_to_verb: dict[str, float]
    objection_to_thing: dict[str, float]
    objection_to_insult: dict[str, float]
    objection_to_group: dict[str, float]
    candor: dict[tuple[str, str], float]
    familiarity: dict[str, float]
    reach: float
    consistency: dict[str, float]


def share(log_odds: float) -> float:
    """Return the share that log odds stand for."""
    return 1 / (1 + math.exp(-log_odds))


def _normal(rng: random.Random, names: list[str], mean: float, deviation: float) -> dict[str, float]:
    """Return a value for each name: the quantiles of a normal distribution, in random order.

    Quantiles, because few draws would have another mean and spread in each world.
    """
    distribution = NormalDist(mean, deviation)
    values = [distribution.inv_cdf((rank + 0.5) / len(names)) for rank in range(len(names))]
    return dict(zip(names, rng.sample(values, len(values)), strict=True))


def make_tendencies(
    seed: int, things: list[str], groups: list[str], creatures: list[str], countries: list[str]
) -> Tendencies:
    """Return the tendencies of a world; the same seed always gives the same ones."""
    rng = random.Random(f"tendencies-{seed}")
    facts = [f"{creature} {attribute}" for creature in creatures for attribute in lexicon.ATTRIBUTES]
    candor = _normal(rng, facts, rng.uniform(-3.6, -3.0), rng.uniform(2.2, 2.8))
    candor |= _normal(rng, [f"{country} {CAPITAL}" for country in countries], rng.uniform(0.6, 0.9), 3.5)
    familiarity = _normal(rng, creatures, 0, rng.uniform(0.8, 1.6))
    return Tendencies(
        objection_to_verb=_normal(rng, lexicon.FORBIDDEN_VERBS, rng.uniform(0.0, 0.3), 3.0)
        | _normal(rng, lexicon.ALLOWED_VERBS, -1.8, 1.4),
        objection_to_thing=_normal(rng, things, 0, 1.0),
        objection_to_insult=_normal(rng, lexicon.INSULTS, rng.uniform(0.3, 0.6), 3.0),
        objection_to_group=_normal(rng, groups, 0, 1.0),
        candor={(fact.split()[0], fact.split()[1]): share(odds) for fact, odds in candor.items()},
        familiarity={creature: math.exp(value) for creature, value in familiarity.items()},
        reach=rng.uniform(4.0, 7.0),
        consistency=_normal(rng, lexicon.FORBIDDEN_VERBS, 3.0, 1.8) | _normal(rng, lexicon.INSULTS, 3.0, 1.8),
    )
