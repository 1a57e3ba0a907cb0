"""What the tasks share. Tasks import what they need when they run, so that `invoke --list` stays fast."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from invoke import Exit

from repro.engine.paths import PAPER, ROOT, profile_file, results_folder
from superficial.console.commands import Answer, next_lines
from superficial.errors import notes_as_lines, sentence_for_user

if TYPE_CHECKING:
    from superficial.reporting.results import Results

DEFAULT_PROFILE = "lab"
AGREE = {"agree": "terms of use that you have read and agree to, by name, such as gemma (docs/PRETRAINED.md)"}
PROFILE = {"profile": "the name of a profile in repro/profiles (default: lab)"}


@contextmanager
def user_errors() -> Iterator[None]:
    """Report a user's error as one sentence and exit status 2, without a traceback, and a note as one line."""
    try:
        with notes_as_lines():
            yield
    except (OSError, ValueError) as error:
        raise Exit(sentence_for_user(error), code=2) from error


def names_in(text: str) -> list[str]:
    """Return the names in the value of an option, which commas separate; empty for none."""
    return [name.strip() for name in text.split(",") if name.strip()]


def show(answer: Answer) -> None:
    """Print the answer of a command, and what to type next."""
    print(answer.text)
    for line in answer.next_lines("invoke"):
        print(line, file=sys.stderr)


def say_next(*commands: tuple[str, str]) -> None:
    """Print what to type next: each command with what it does.

    To standard error, so that what a task prints can be written to a file.
    """
    for line in next_lines(commands):
        print(line, file=sys.stderr)


def of(profile: str) -> str:
    """Return the option that names a profile, with a blank before it; empty for the default profile."""
    return "" if profile == DEFAULT_PROFILE else f" --profile {profile}"


def load_results(profile: str) -> Results:
    """Return the results of a profile, or those of a bundle, which bring their profile with them.

    Raises:
        FileNotFoundError: if there are none.
        ValueError: if the profile has draws, each of which has results of its own.
    """
    from superficial.config import load_profile
    from superficial.config.draws import draw_name
    from superficial.reporting import bundle
    from superficial.reporting.results import Results

    folder = results_folder(profile)
    if bundle.is_unpacked(folder):
        return Results(folder, bundle.read_profile(folder, folder), PAPER)
    settings = load_profile(profile_file(profile))
    if settings.draws:
        first = settings.draws.chosen("")[1][0]
        raise ValueError(
            f"Profile {profile} is run as many draws: name one of them, such as --profile {draw_name(profile, first)}."
        )
    if not folder.is_dir():
        raise FileNotFoundError(_no_results(profile))
    return Results(folder, settings, PAPER)


def _no_results(profile: str) -> str:
    """Return that a profile has not been run, and what to do, with the bundle of its published run if there is one."""
    message = f"There are no results in {results_folder(profile)}: run `invoke reproduce-all{of(profile)}`."
    bundle, replayed = PAPER / f"{profile}.zip", f"{profile}-replayed"
    if results_folder(replayed).is_dir():
        return f"{message} Those of the published run are there: add --profile {replayed}."
    if bundle.is_file():
        read = f"`invoke reproduce-all --from {bundle.relative_to(ROOT)}`"
        return f"{message} {read} recomputes those of the published run without a model; then add --profile {replayed}."
    return message


def has_draws(profile: str) -> bool:
    """Tell whether a profile is run as draws; the results of a bundle are not."""
    from superficial.config import load_profile
    from superficial.reporting import bundle

    if bundle.is_unpacked(results_folder(profile)):
        return False
    return load_profile(profile_file(profile)).draws is not None
