"""sweep: a black-box head at every k -> cover rate, similarity of both bases' spaces, token accuracy on both models."""

from __future__ import annotations

from pathlib import Path

from superficial.config import Profile
from superficial.files import write_rows
from superficial.heads.loading import load_every_k
from superficial.heads.sweep import TracedPair, sampled_overlaps, sweep_k
from superficial.models.device import device, set_up_torch
from superficial.progress import progress
from superficial.traces.output_head import Pair
from superficial.traces.splits import read_split


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    settings = profile.sweep
    assert settings is not None, "the stage is called only if the profile has a sweep"

    def read(pair: str, split: str, benchmarks: list[str]) -> TracedPair:
        folder = out / "traces" / pair
        return TracedPair(Pair.read(folder / "weights.safetensors").to(device()), read_split(folder, split, benchmarks))

    heads = load_every_k(out / "heads" / settings.head)
    traced, distilled = profile.pairs[settings.small].benchmarks, profile.benchmarks_distilled(settings.head)
    small, large = read(settings.small, "test", traced), read(settings.large_on_small, "test", traced)
    # The accuracy of a head is that on what it was distilled on.
    validation = {
        "small": read(settings.small, "validation", distilled),
        "large": read(settings.large, "validation", distilled),
    }
    with progress("sweeping k", len(heads)) as advance:
        by_k, accuracy = sweep_k(heads, small, large, validation, settings.positions, advance)
    overlaps = sampled_overlaps([head.k for head in heads], small, large, settings.positions)
    write_rows(by_k, out / "measures" / "sweep.parquet")
    write_rows(overlaps, out / "measures" / "sweep-overlap.parquet")
    write_rows(accuracy, out / "measures" / "sweep-accuracy.parquet")
