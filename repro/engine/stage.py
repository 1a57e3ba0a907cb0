"""Runs one stage call: checks its inputs, calls its script, and records what it read and wrote.

    python -m repro.engine.stage train repro/profiles/lab.yaml results/lab --name small

From any other folder, PYTHONPATH names the repository.
"""

from __future__ import annotations

import argparse
import importlib
import json
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

from repro.engine.code import digest
from repro.engine.paths import ROOT
from repro.workflow import OPTIONAL, STAGES, call
from superficial.config import load_profile
from superficial.files import sha256, written
from superficial.reporting import provenance
from superficial.reporting.provenance import Code, Record, Records

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
    run(arguments.stage, arguments.profile, arguments.results, arguments.name, arguments.settings)


def run(stage: str, profile_file: Path, results: Path, name: str, settings: dict[str, Any] | None = None) -> None:
    """Run a stage on a name, and record the call in `provenance/` of the results folder; see `main`."""
    profile, declared = load_profile(profile_file), (STAGES | OPTIONAL)[stage]
    if name not in (names := list(declared.calls(profile))):
        allowed = ", ".join(filter(None, names)) or "nothing"
        raise ValueError(f"Stage {stage} has the name {name!r}; in profile {profile.name} it is called on {allowed}.")
    this = call(profile, declared, name)
    inputs = _checked(results, [Path(path) for path in this.inputs])
    code = code_version(this.code)
    sources = {path.relative_to(ROOT).as_posix(): sha256(path) for path in this.data_files}
    started, clock = datetime.now(UTC), time.monotonic()
    further = () if settings is None else (settings,)
    importlib.import_module(f"repro.stages.{stage}").main(profile, results, name, *further)
    seconds = round(time.monotonic() - clock, 3)
    outputs = [path.relative_to(results) for path in written() if not path.is_relative_to(results / "progress")]
    section = json.loads(this.profile_section) if settings is None else settings
    record = Record(
        stage=stage,
        name=name,
        command=shlex.join([sys.executable, "-m", "repro.engine.stage", *sys.argv[1:]]),
        started=started.isoformat(timespec="milliseconds"),
        seconds=seconds,
        profile_section=section,
        seeds=dict(_seeds(section)),
        inputs=inputs,
        sources=sources,
        outputs={path.as_posix(): sha256(results / path) for path in outputs},
        code=code,
        **_software(),
    )
    provenance.write_record(results, record)


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
    """Return the hashes of result files, each checked against the record of the call that wrote it."""
    records = Records(results)
    inputs = {path.as_posix(): sha256(results / path) for path in paths if path.parts[0] == provenance.FOLDER}
    made = [path for path in paths if path.as_posix() not in inputs]
    # Of a checkpoint or a trace the workflow names one file, the stage reads them all.
    return inputs | {path.as_posix(): records.check(path) for file in made for path in records.with_siblings(file)}


def code_version(files: tuple[Path, ...]) -> Code:
    """Return the version of code files of the repository."""

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return Code(
        sha256=digest(files),
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
