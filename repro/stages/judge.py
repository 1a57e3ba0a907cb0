"""judge NAME: a judge of the profile -> its checkpoints fetched, or its endpoint's key looked for, before any work."""

from __future__ import annotations

import json
from pathlib import Path

from repro.engine.paths import REVISIONS
from superficial.config import Profile
from superficial.config.external import Checkpoint, ClassifierJudge, EndpointJudge, GenerativeJudge
from superficial.files import atomic_folder, atomic_write
from superficial.judges.endpoint import check_key
from superficial.models.checkpoints import Pointer, write_pointer
from superficial.models.fetching import fetch, weight_files


def main(profile: Profile, out: Path, name: str) -> None:
    judge, folder = profile.judges[name], out / "judges" / name
    checkpoints: list[Checkpoint] = []
    if isinstance(judge, ClassifierJudge):
        checkpoints = [judge.checkpoint]
    elif isinstance(judge, GenerativeJudge):
        checkpoints = [asked.checkpoint for asked in judge.asked]
    elif isinstance(judge, EndpointJudge):
        check_key(judge, folder)
    found = []
    for number, checkpoint in enumerate(checkpoints):
        place, identity = fetch(checkpoint, out, REVISIONS)
        with atomic_folder(folder / str(number)) as path:
            write_pointer(path, Pointer(str(place), "bfloat16", identity, weight_files(place)))
        found.append(identity)
    with atomic_write(folder / "judge.json") as path:
        path.write_text(json.dumps({"checkpoints": found}, indent=1))
