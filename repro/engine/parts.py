"""The parts of a run: one profile, or one for each of several draws, and where in the run's folder its results are.

All parts are one workflow, so draws run side by side. A draw that is run alone uses the folder, the lock and the
bookkeeping of all draws of its profile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from repro.engine.call import Call
from repro.engine.paths import profile_file, results_folder
from repro.workflow import calls
from superficial.config import Profile, load_profile
from superficial.config.draws import draw_name

# Of the calls of the first draw before those of the next: whatever stops a run leaves whole draws behind.
_PRIORITY_OF_A_DRAW = 1000


@dataclass(frozen=True)
class PlacedCall:
    """A call, the folder it runs in (relative to that of the run; "" is the same), its profile and its priority."""

    call: Call
    folder: str
    profile: str
    priority: int

    @property
    def id(self) -> str:
        """Return its name as a rule, such as `draw-101-train-small`."""
        return f"{self.folder}-{self.call.id}" if self.folder else self.call.id

    def placed(self, path: str) -> str:
        """Return a path of the call, relative to the folder of the run."""
        return f"{self.folder}/{path}" if self.folder else path

    def __str__(self) -> str:
        where = f"{self.folder}: " if self.folder else ""
        return f"{where}{self.call.stage.name} {self.call.name}".rstrip()


@dataclass(frozen=True)
class Part:
    """A profile by the name that tasks give it, and the folder of its results, relative to that of the run."""

    name: str
    folder: str
    profile: Profile


def run_folder(name: str) -> Path:
    """Return the folder that a run of a profile locks: for a draw, that of all draws."""
    return results_folder(re.sub(r"/draw-\d+$", "", name))


def parts_of(name: str, draws: str = "") -> list[Part]:
    """Return the parts of a run.

    Args:
        name: a profile, one with draws, or a single draw such as `draws/draw-101`.
        draws: which draws of a profile that has some; see `Draws.chosen`.

    Raises:
        ValueError: if there is no such profile or draw.
    """
    profile = load_profile(profile_file(name))
    if profile.draws is None:
        if draws:
            raise ValueError(f"--draws has the value {draws!r}, and profile {name} has no draws.")
        return [Part(name, name.partition("/")[2], profile)]
    _, numbers = profile.draws.chosen(draws)
    names = [draw_name(name, number) for number in numbers]
    return [Part(draw, draw.partition("/")[2], load_profile(profile_file(draw))) for draw in names]


def placed_calls(name: str, draws: str = "") -> list[PlacedCall]:
    """Return every call of a run. Where it has all draws of a set, the last call reports on them together."""
    parts = parts_of(name, draws)
    placed = [
        PlacedCall(call, part.folder, part.name, call.priority + _PRIORITY_OF_A_DRAW * (len(parts) - 1 - at))
        for at, part in enumerate(parts)
        for call in calls(part.profile)
    ]
    whole = load_profile(profile_file(name))
    if whole.draws is not None:
        chosen, numbers = whole.draws.chosen(draws)
        reports = [call for call in calls(whole) if call.name == chosen]
        if numbers == whole.draws.numbers(chosen):
            placed += [PlacedCall(call, "", name, call.priority) for call in reports]
    return placed
