"""Runs one stage call: checks its inputs, calls its script, and records what it read and wrote.

    python -m repro.engine.stage train repro/profiles/lab.yaml results/lab --name small

From any other folder, PYTHONPATH names the repository.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from repro.engine.call import Call, call
from repro.engine.paths import ROOT
from repro.workflow import OPTIONAL, STAGES
from superficial.artifacts import RECORD
from superficial.config import Profile, load_profile
from superficial.config.draws import DRAW_FOLDERS
from superficial.files import sha256, written_files
from superficial.reporting.provenance import Code, Record, Records, write_record

# The packages whose versions can change a number.
PACKAGES = (
    "torch",
    "transformers",
    "lm_eval",
    "tokenizers",
    "safetensors",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "matplotlib",
)


def main() -> None:
    """Run the stage call that the command line names.

    Raises:
        ValueError: where an input is not what the stage that made it wrote.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=STAGES | OPTIONAL, metavar="stage", help=", ".join(STAGES | OPTIONAL))
    parser.add_argument("profile", type=Path, help="a file of repro/profiles")
    parser.add_argument("results", type=Path, help="the results folder")
    parser.add_argument("--name", default="", help="what the stage is called on: a model, a pair, a head, ...")
    parser.add_argument("--code", help="the hash of the stage's code, where it is known")
    parser.add_argument("--settings", type=json.loads, help="of a stage outside the workflow, as JSON")
    arguments = parser.parse_args()
    profile, stage, results = load_profile(arguments.profile), (STAGES | OPTIONAL)[arguments.stage], arguments.results
    if arguments.name not in (names := list(stage.calls(profile))):
        allowed = ", ".join(filter(None, names)) or "nothing"
        raise ValueError(
            f"Stage {stage.name} has the name {arguments.name!r}; profile {profile.name} calls it on {allowed}."
        )
    this = call(profile, stage, arguments.name)
    code = code_version(arguments.code or this.code)
    write_record(results, run(profile, this, results, code, arguments.settings))


def run(profile: Profile, this: Call, results: Path, code: Code, settings: dict[str, Any] | None) -> Record:
    """Run a stage call, and return its record; `settings` are those of a stage outside the workflow."""
    inputs = _checked(results, [Path(path) for path in this.inputs])
    sources = {path.relative_to(ROOT).as_posix(): sha256(path) for path in this.data_files}
    started, clock, cpu = datetime.now(UTC), time.monotonic(), _cpu_seconds()
    further = () if settings is None else (settings,)
    importlib.import_module(f"repro.stages.{this.stage.name}").main(profile, results, this.name, *further)
    seconds, cpu_seconds = round(time.monotonic() - clock, 3), round(_cpu_seconds() - cpu, 3)
    # What is downloaded is kept elsewhere.
    written = [path for path in written_files() if path.is_relative_to(results)]
    outputs = [path.relative_to(results) for path in written if not path.is_relative_to(results / "progress")]
    section = json.loads(this.profile_section) if settings is None else settings
    return Record(
        stage=this.stage.name,
        name=this.name,
        command=_command(profile, this, settings),
        started=started.isoformat(timespec="milliseconds"),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        profile_section=section,
        seeds=dict(_seeds(section)),
        inputs=inputs,
        sources=sources,
        outputs={path.as_posix(): sha256(results / path) for path in outputs},
        code=code,
        **_software(),
    )


def _command(profile: Profile, this: Call, settings: dict[str, Any] | None) -> str:
    """Return what runs a call in any clone of the repository, whatever the folders of this run."""
    words = [this.stage.name, f"repro/profiles/{profile.name}.yaml", f"results/{profile.name}"]
    named = ["--name", this.name] if this.name else []
    return shlex.join(
        ["python", "-m", "repro.engine.stage", *words, *named]
        + ([] if settings is None else ["--settings", json.dumps(settings)])
    )


def _cpu_seconds() -> float:
    """Return the seconds that this process and its finished children have computed, on all cores together."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _software() -> dict[str, Any]:
    """Return the versions of what is loaded, and where and how torch computes."""
    torch = sys.modules.get("torch")
    return {
        "packages": {"python": python_version()}
        | {package: version(package) for package in PACKAGES if package in sys.modules},
        "device": "cuda" if torch and torch.cuda.is_initialized() else "cpu",
        "threads": torch.get_num_threads() if torch else 1,
        "deterministic": torch.are_deterministic_algorithms_enabled() if torch else True,
    }


def _checked(results: Path, paths: list[Path]) -> dict[str, str]:
    """Return the hashes of result files, each checked against the record of the call that wrote it.

    Files of a draw are recorded in the draw's own folder.
    """
    by_folder: dict[Path, list[Path]] = {}
    for path in paths:
        folder = Path(path.parts[0]) if Path(path.parts[0]).match(DRAW_FOLDERS) else Path()
        by_folder.setdefault(folder, []).append(path.relative_to(folder))
    return {
        (folder / path).as_posix(): digest
        for folder, files in by_folder.items()
        for path, digest in _checked_in(results / folder, files).items()
    }


def _checked_in(folder: Path, paths: list[Path]) -> dict[str, str]:
    records = Records(folder)
    inputs = {path.as_posix(): sha256(folder / path) for path in paths if RECORD.matches(path.as_posix())}
    made = [path for path in paths if path.as_posix() not in inputs]
    # Of a checkpoint or a trace the workflow names one file, the stage reads them all.
    return inputs | {path.as_posix(): records.check(path) for file in made for path in records.written_together(file)}


def code_version(digest: str) -> Code:
    """Return the version of code, given by the hash of its files."""

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return Code(
        sha256=digest,
        commit=git("rev-parse", "HEAD"),
        changed_since_commit=None if changed is None else bool(changed),
    )


def _seeds(section: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every seed in a section of the profile, by its place."""
    items = section.items() if isinstance(section, dict) else enumerate(section) if isinstance(section, list) else ()
    for key, value in items:
        place = f"{at}.{key}" if at else str(key)
        if key in ("seed", "seeds") and not isinstance(value, dict):
            yield place, value
        else:
            yield from _seeds(value, place)


if __name__ == "__main__":
    main()
