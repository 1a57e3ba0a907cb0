"""Draws: the same experiment again with every seed new, so that what depends on chance is seen to vary.

A profile with a section `draws` is not run itself. Its draws are: `draws/draw-101` is the ordinary profile that
`profile_of_draw` returns for profile `draws` and number 101.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, model_validator

from superficial.config.types import Name, StrictModel

# The folders of draws in the folder of their profile's results.
DRAW_FOLDERS = "draw-[0-9]*"
_RANGE = r"^[1-9]\d*(-[1-9]\d*)?$"


class Draws(StrictModel):
    """The draws of a profile.

    Attributes:
        sets: numbers of draws by the name of their set, as `101-110`. A set is reported as a whole.
        families_in_draws: so many draws of each set, the first ones, also have the comparisons of
            `generality_comparisons`.
        left_out: variants of the profile that no draw has, since they decide no claim.
    """

    sets: Annotated[dict[Name, Annotated[str, Field(pattern=_RANGE)]], Field(min_length=1)]
    families_in_draws: NonNegativeInt
    left_out: list[Name]

    @model_validator(mode="after")
    def _sets_are_apart(self) -> Draws:
        seen: dict[int, str] = {}
        for name in self.sets:
            numbers = self.numbers(name)
            if not numbers:
                raise ValueError(f"set {name} is {self.sets[name]}: it must go from a lower to a higher number")
            for number in numbers:
                if number in seen:
                    raise ValueError(f"draw {number} is in the sets {seen[number]} and {name}")
                seen[number] = name
        return self

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of the draws of a set, in order."""
        return _numbers(self.sets[name])

    def set_of(self, number: int) -> str:
        """Return the name of the set that a draw belongs to.

        Raises:
            ValueError: if it belongs to none.
        """
        for name in self.sets:
            if number in self.numbers(name):
                return name
        known = ", ".join(f"{numbers} ({name})" for name, numbers in self.sets.items())
        raise ValueError(f"There is no draw {number}; the draws are {known}.")

    def chosen(self, text: str) -> tuple[str, list[int]]:
        """Return a set and the draws of it that a text names: a set, `101`, `101-110` or `101,103`; "": the last set.

        Raises:
            ValueError: if it names anything else, or draws of several sets.
        """
        text = text or list(self.sets)[-1]
        if text in self.sets:
            return text, self.numbers(text)
        parts = [part.strip() for part in text.split(",")]
        if not all(re.match(_RANGE, part) for part in parts):
            raise ValueError(f"--draws has the value {text!r}: it must be numbers, such as 101-110, or a set: {self}.")
        numbers = sorted({number for part in parts for number in _numbers(part)})
        if not numbers:
            raise ValueError(f"--draws has the value {text!r}: it must go from a lower to a higher number.")
        sets = list(dict.fromkeys(map(self.set_of, numbers)))
        if len(sets) != 1:
            raise ValueError(f"--draws has the value {text!r}: it must name draws of one set: {self}.")
        return sets[0], numbers

    def has_families(self, number: int) -> bool:
        """Tell whether a draw has the other model families, too."""
        return number in self.numbers(self.set_of(number))[: self.families_in_draws]

    def __str__(self) -> str:
        return ", ".join(f"{name} ({numbers})" for name, numbers in self.sets.items())


def _numbers(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def seed_of_draw(number: int, place: str) -> int:
    """Return the seed at a place of the profile in a draw, 31 bits of a SHA-256.

    Args:
        number: the draw.
        place: the field with its parents, such as `models.small.training.seed`.
    """
    digest = hashlib.sha256(f"draw {number}: {place}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def draw_name(profile: str, number: int | str) -> str:
    """Return the name of a draw's profile, which is also its folder in the results."""
    return f"{profile}/draw-{number}"


def with_seeds_of_draw(section: Any, number: int, place: str = "") -> Any:
    """Return a section of a profile in which every `seed` and every `seeds` is that of a draw.

    Worlds, initial weights, the order of training data, alignment, attacks and heads all follow from these seeds.
    """
    if isinstance(section, dict):
        parts = {key: f"{place}.{key}" if place else str(key) for key in section}
        return {
            key: _new_seeds(value, number, parts[key])
            if key in ("seed", "seeds") and not isinstance(value, dict)
            else with_seeds_of_draw(value, number, parts[key])
            for key, value in section.items()
        }
    if isinstance(section, list):
        return [with_seeds_of_draw(value, number, f"{place}.{at}") for at, value in enumerate(section)]
    return section


def _new_seeds(value: int | list[int], number: int, place: str) -> int | list[int]:
    if isinstance(value, list):
        return [seed_of_draw(number, f"{place}.{at}") for at in range(len(value))]
    return seed_of_draw(number, place)
