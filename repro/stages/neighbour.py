"""neighbour VARIANT: a model and another method than a head -> responses to the test questions, and what they cost."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from superficial.artifacts import NEIGHBOUR_COST, RESPONSES
from superficial.config import Profile
from superficial.files import atomic_write, write_rows
from superficial.judges.scoring import score_benchmarks
from superficial.models.device import set_up_torch
from superficial.neighbours.methods import Setting, write_responses
from superficial.progress import progress
from superficial.prompts import read_context


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    variant = profile.variants[name]
    assert variant.neighbour is not None, "the stage is called on neighbouring methods"
    world = out / "worlds" / profile.world_of(variant.model)
    test, validation = (pd.read_parquet(world / f"{split}.parquet") for split in ("test", "validation"))
    test = test[test["benchmark"].isin(profile.benchmarks_of(name))]

    def score(responses: pd.DataFrame) -> pd.DataFrame:
        return score_benchmarks(profile, responses, out / "judges")

    setting = Setting(
        variant, read_context(world / "context.json"), profile.max_new_tokens, out / "models", validation, score
    )
    with progress(f"generating the responses of {name}", len(test)) as advance:
        written = write_responses(setting, test, advance)
    for benchmark, part in written.responses.groupby("benchmark"):
        write_rows(part, out / RESPONSES.of(variant=name, benchmark=str(benchmark)))
    with atomic_write(out / NEIGHBOUR_COST.of(variant=name)) as path:
        path.write_text(json.dumps(written.cost, indent=1), encoding="utf-8")
