"""What every stage script is: its arguments, its share of the cores, and the record of what it read and wrote."""

from __future__ import annotations

import argparse
import hashlib
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from superficial.config import Profile, load_profile
from superficial.files import sha256, written
from superficial.reporting import provenance
from superficial.reporting.provenance import Code, Record, Records

ROOT = Path(__file__).resolve().parents[1]
# Whose versions can change a number.
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

# What first downloads found; committed.
REVISIONS = Path(__file__).with_name("revisions.yaml")


def run(
    main: Callable[[Profile, Path, argparse.Namespace], None], description: str | None, name: str | None = None
) -> None:
    """Check the stage's inputs, run it, and record the call in `provenance/` of the results folder.

    Args:
        main: the stage; takes the profile, the results folder and the arguments.
        description: what --help says.
        name: the stage's own argument, what it is called on.

    Raises:
        ValueError: where an input is not what the stage that made it wrote.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("profile", type=Path, help="a file of repro/profiles")
    parser.add_argument("out", type=Path, help="the results folder")
    if name:
        parser.add_argument(name)
    parser.add_argument("--part", type=json.loads, help="the part of the profile that it reads, to be recorded")
    parser.add_argument("--inputs", nargs="*", type=Path, default=[], help="what it reads, to be checked and recorded")
    arguments = parser.parse_args()
    profile, out = load_profile(arguments.profile), arguments.out
    inputs, sources, code = _read(out, arguments.inputs)
    started, clock = datetime.now(UTC), time.monotonic()
    main(profile, out, arguments)
    outputs = [path.relative_to(out) for path in written() if not path.is_relative_to(out / "progress")]
    torch = sys.modules.get("torch")
    record = Record(
        stage=Path(sys.argv[0]).stem,
        name=getattr(arguments, name) if name else "",
        command=shlex.join([sys.executable, *sys.argv]),
        started=started.isoformat(timespec="milliseconds"),
        seconds=round(time.monotonic() - clock, 3),
        part=arguments.part,
        seeds=dict(_seeds(arguments.part)),
        inputs=inputs,
        sources=sources,
        outputs={path.as_posix(): sha256(out / path) for path in outputs},
        code=code,
        packages={"python": python_version()}
        | {package: version(package) for package in PACKAGES if package in sys.modules},
        device="cuda" if torch and torch.cuda.is_initialized() else "cpu",
        threads=torch.get_num_threads() if torch else 1,
        deterministic=torch.are_deterministic_algorithms_enabled() if torch else True,
    )
    provenance.write_record(out, record)


def _read(out: Path, paths: list[Path]) -> tuple[dict[str, str], dict[str, str], Code]:
    """Return the hashes of the results and of the repository's other files among `paths`, and the code's version."""
    repository = {path.resolve().relative_to(ROOT).as_posix(): sha256(path) for path in paths if path.is_absolute()}
    results = [path for path in paths if not path.is_absolute()]
    records = Records(out)
    inputs = {path.as_posix(): sha256(out / path) for path in results if path.parts[0] == provenance.FOLDER}
    made = [path for path in results if path.as_posix() not in inputs]
    # Of a checkpoint or a trace the workflow names one file, the stage reads them all.
    inputs |= {path.as_posix(): records.check(path) for one in made for path in records.with_siblings(one)}
    code = {name: digest for name, digest in repository.items() if name.endswith(".py")}
    sources = {name: digest for name, digest in repository.items() if name not in code}
    return inputs, sources, code_version(code)


def code_version(files: dict[str, str]) -> Code:
    """Return the version of code files, given by their hashes."""

    def git(*arguments: str) -> str | None:
        try:
            found = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return found.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    return Code(
        sha256=digest, commit=git("rev-parse", "HEAD"), changed_since_commit=None if changed is None else bool(changed)
    )


def _seeds(part: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every seed in a part of the profile, by where it stands."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        place = f"{at}.{key}" if at else str(key)
        if key in ("seed", "seeds") and not isinstance(value, dict):
            yield place, value
        else:
            yield from _seeds(value, place)


def use_torch(profile: Profile) -> None:
    """Set torch up for work on models or traces.

    Raises:
        ValueError: where the profile needs a GPU and there is none, or it is lost.
    """
    if profile.needs_card:
        from superficial.models.loading import require_card

        require_card()
    set_torch(profile)


def set_torch(profile: Profile) -> None:
    """Give this process its threads, since more of them on shared cores slow every process down, and its numbers."""
    import torch

    torch.set_num_threads(profile.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Of bfloat16 weights and states TensorFloat-32 loses nothing; of dW what lies below a thousandth of a value.
    torch.backends.cuda.matmul.allow_tf32 = True


def device() -> str:
    """Return where heads are learned and measured."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
