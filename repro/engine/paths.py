"""Where the parts of the repository are, and where results go."""

from __future__ import annotations

import os
from pathlib import Path

from superficial.files import expanded

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "repro" / "profiles"
EXPECTED = ROOT / "repro" / "expected"
PAPER = ROOT / "paper"
# For the processes of a run: they use the code of this repository, whichever environment they run in.
PYTHON_PATH = os.pathsep.join([str(ROOT / "src"), str(ROOT)])


def profile_file(name: str) -> Path:
    """Return the file of a profile. That of a draw, such as draws/draw-101, is read from the file of all draws.

    Raises:
        ValueError: where there is none of this name.
    """
    files = {path.stem: path for path in sorted(PROFILES.glob("*.yaml"))}
    whole, is_draw, number = name.partition("/draw-")
    if is_draw and whole in files and number.isdecimal():
        return PROFILES / f"{name}.yaml"
    if name not in files:
        raise ValueError(f"There is no profile {name!r} in profiles/; the profiles are: {', '.join(files)}.")
    return files[name]


def results_folder(profile: str) -> Path:
    """Return the folder of a profile's results: in results/, or in the folder that SUPERFICIAL_RESULTS names."""
    return expanded(os.environ.get("SUPERFICIAL_RESULTS") or str(ROOT / "results")).absolute() / profile
