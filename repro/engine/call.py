"""What a stage declares of itself, and one call of it in a profile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from repro.engine.code import code_files, digest
from superficial.artifacts import RECORD
from superficial.config import Profile


def nothing(profile: Profile, name: str) -> list[Any]:
    return []


@dataclass(frozen=True)
class Stage:
    """A script of `repro/stages`, and the names it is called on in a profile ("" for one that is called once).

    Of a call: the files it reads and writes, relative to the results folder; the section of the profile it reads; its
    priority (what others wait for goes first); modules that it loads by name, which its imports do not show; data files
    of the repository. `loads_torch`: it starts as a fork of the warm process.
    """

    name: str
    calls: Callable[[Profile], Iterable[str]]
    inputs: Callable[[Profile, str], list[str]]
    outputs: Callable[[Profile, str], list[str]]
    profile_section: Callable[[Profile, str], dict[str, Any]]
    priority: Callable[[Profile, str], int] = lambda profile, name: 0
    modules: Callable[[Profile, str], list[str]] = nothing
    data_files: Callable[[Profile, str], list[Path]] = nothing
    loads_torch: bool = True


@dataclass(frozen=True)
class Call:
    """One call of a stage in a profile; see `Stage` for the fields. `outputs` includes its record."""

    stage: Stage
    name: str
    inputs: list[str]
    outputs: list[str]
    profile_section: str
    priority: int
    modules: tuple[str, ...]
    data_files: tuple[Path, ...]

    @property
    def id(self) -> str:
        """Return its name as a file or a rule, such as `train-small`."""
        return call_id(self.stage.name, self.name)

    @property
    def code(self) -> str:
        """Return the hash of its code."""
        return digest(code_files(*self.modules))


def call_id(stage: str, name: str) -> str:
    """Return the name of a call as a file or a rule."""
    return "-".join(part for part in (stage, name) if part)


def call(profile: Profile, stage: Stage, name: str) -> Call:
    """Return one call of a stage."""
    section = stage.profile_section(profile, name)
    return Call(
        stage=stage,
        name=name,
        inputs=stage.inputs(profile, name),
        outputs=[*stage.outputs(profile, name), RECORD.of(call=call_id(stage.name, name))],
        profile_section=json.dumps(section, sort_keys=True, default=BaseModel.model_dump),
        priority=stage.priority(profile, name),
        modules=(f"repro.stages.{stage.name}", *stage.modules(profile, name)),
        data_files=tuple(stage.data_files(profile, name)),
    )
