"""judge NAME: a judge of the profile -> pointers to its checkpoints, or a check for its key, before any work starts."""

from __future__ import annotations

import json
from pathlib import Path

from repro.engine.paths import REVISIONS
from superficial.config import Profile
from superficial.config.checkpoints import Checkpoint
from superficial.config.judges import ClassifierJudge, EndpointJudge, GenerativeJudge
from superficial.files import atomic_folder, atomic_write
from superficial.judges.endpoint import check_key
from superficial.models.hub import fetch_checkpoint
from superficial.models.location import write_pointer

DTYPE = "bfloat16"


def main(profile: Profile, out: Path, name: str) -> None:
    judge, folder = profile.judges[name], out / "judges" / name
    checkpoints: list[Checkpoint] = []
    if isinstance(judge, ClassifierJudge):
        checkpoints = [judge.checkpoint]
    elif isinstance(judge, GenerativeJudge):
        checkpoints = [question.checkpoint for question in judge.models]
    elif isinstance(judge, EndpointJudge):
        check_key(judge, folder)
    identities = []
    for number, checkpoint in enumerate(checkpoints):
        pointer = fetch_checkpoint(checkpoint, DTYPE, out, REVISIONS)
        with atomic_folder(folder / str(number)) as path:
            write_pointer(path, pointer)
        identities.append(pointer.identity)
    with atomic_write(folder / "judge.json") as path:
        path.write_text(json.dumps({"checkpoints": identities}, indent=1))
