"""convert JUDGE: a judge's checkpoints as published -> checkpoints in safetensors, or pointers to those that are."""

from __future__ import annotations

from pathlib import Path

from superficial.artifacts import JUDGE_CHECKPOINT
from superficial.config import Profile
from superficial.files import atomic_folder
from superficial.models.conversion import convert
from superficial.models.hub import local_files, pickled_weights
from superficial.models.location import Pointer, weight_files, write_pointer
from superficial.progress import progress

DTYPE = "bfloat16"


def main(profile: Profile, out: Path, name: str) -> None:
    checkpoints = profile.judges[name].checkpoints
    with progress(f"fetching the judge {name}", len(checkpoints)) as advance:
        for number, checkpoint in enumerate(checkpoints):
            folder = local_files(checkpoint, out)
            with atomic_folder((out / JUDGE_CHECKPOINT.of(judge=name, number=str(number))).parent) as path:
                if weight_files(folder):
                    pointer = Pointer(str(folder), DTYPE, checkpoint.identity, weight_files(folder))
                else:
                    convert(folder, pickled_weights(checkpoint, folder), path, checkpoint.identity)
                    pointer = Pointer("", DTYPE, checkpoint.identity, weight_files(path))
                write_pointer(path, pointer)
            advance(1)
