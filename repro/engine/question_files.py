"""Profiles that `reproduce-all --data` makes: with the published questions of a folder in place of made ones."""

from __future__ import annotations

from pathlib import Path

from repro.engine.paths import PROFILES, profile_file
from superficial.config import Profile, load_profile, profile_yaml
from superficial.config.question_files import with_question_files
from superficial.documents import checked
from superficial.files import atomic_write

_SUFFIX = "-data"
_HEAD = "# Written by `invoke reproduce-all --profile {} --data DIR`, which overwrites it.\n"


def save_with_question_files(name: str, folder: Path) -> str:
    """Write a profile with the questions of a folder beside the others, and return its name.

    Args:
        name: a profile whose questions are made, or a draw of one.
        folder: see `superficial.config.question_files`.

    Raises:
        ValueError: if the folder has no files for the profile.
    """
    whole, _, draw = name.partition("/")
    saved = f"{whole}{_SUFFIX}"
    profile = with_question_files(load_profile(profile_file(whole)), folder)
    file = PROFILES / f"{saved}.yaml"
    content = profile_yaml(checked(file, profile.model_dump() | {"name": saved}, Profile))
    with atomic_write(file) as path:
        path.write_text(_HEAD.format(whole) + content, encoding="utf-8")
    return f"{saved}/{draw}" if draw else saved
