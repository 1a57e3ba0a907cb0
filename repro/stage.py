"""What every stage script does first: read its arguments and the profile, and take its share of the cores."""

from __future__ import annotations

import argparse
from pathlib import Path

from superficial.config import Profile, load_profile


def begin(description: str, *names: str) -> tuple[Profile, Path, argparse.Namespace]:
    """Return the profile, the results folder, and the further arguments `names` of a stage script."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("profile", type=Path, help="a file of repro/profiles")
    parser.add_argument("out", type=Path, help="the results folder")
    for name in names:
        parser.add_argument(name)
    arguments = parser.parse_args()
    return load_profile(arguments.profile), arguments.out, arguments


def use_threads(profile: Profile) -> None:
    """Give this process its threads: more of them on shared cores slow every process down."""
    import torch

    torch.set_num_threads(profile.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
