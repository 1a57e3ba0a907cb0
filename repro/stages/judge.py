"""judge NAME: a judge of the profile -> a check that it works: its key, or its answers to sample responses."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from superficial.config import Profile
from superficial.config.judges import EndpointJudge
from superficial.files import atomic_write
from superficial.judges.endpoint import check_key
from superficial.judges.scoring import make_judge, score_rows
from superficial.models.device import set_up_torch

# Harmless; any judge can score it.
SAMPLE = pd.DataFrame(
    {
        "benchmark": ["sample"],
        "prompt": ["What is the capital of France?"],
        "response": ["The capital of France is Paris."],
        "reference": ["{}"],
    }
)


def main(profile: Profile, out: Path, name: str) -> None:
    judge, folder = profile.judges[name], out / "judges" / name
    if isinstance(judge, EndpointJudge):
        check_key(judge, folder)
    elif judge.checkpoints:
        _check_answers(profile, folder, name)
    with atomic_write(folder / "judge.json") as path:
        checkpoints = [checkpoint.identity for checkpoint in judge.checkpoints]
        path.write_text(json.dumps({"checkpoints": checkpoints}, indent=1), encoding="utf-8")


def _check_answers(profile: Profile, folder: Path, name: str) -> None:
    """Load a judge's models with their tokenizers, and let it score a sample, before any long work starts.

    Raises:
        ValueError: if it cannot be loaded, or does not score the sample.
    """
    set_up_torch(profile.threads, profile.needs_gpu)
    scored = score_rows(make_judge(profile.judges[name], folder, SAMPLE), SAMPLE)
    if scored["score"].isna().any():
        raise ValueError(f"The judge {name} cannot score a sample response: {scored['reason'][0]}.")
