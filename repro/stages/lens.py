"""lens PAIR: a pair's traces -> at which layer base and aligned model already say the aligned model's token."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from superficial.artifacts import DEPTH_LENS
from superficial.config import Profile
from superficial.depth.lens import agreement_by_layer
from superficial.files import write_rows
from superficial.models.batches import DEFAULT_BATCH
from superficial.models.device import set_up_torch
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import Pair
from superficial.traces.shards import read_shards


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    settings, traces = profile.pairs[name], out / "traces" / name
    context = read_context(out / "worlds" / profile.world_of(settings.base) / "context.json")
    questions, trace = pd.read_parquet(traces / "test-responses.parquet"), read_shards(traces / "test")
    pair = Pair.read(traces / "weights.safetensors")
    formats = {"base": settings.base_prompt_format, "aligned": settings.aligned_prompt_format}
    tables = []
    with progress(f"reading the layers of {name}", len(formats)) as advance:
        for role, prompt_format in formats.items():
            model, tokenizer = load_model(out / "models" / getattr(settings, role))
            prompts = Prompting(context, prompt_format, settings.wrapper).prompts(tokenizer, questions)
            table = agreement_by_layer(model, getattr(pair, role), pair, trace, prompts, DEFAULT_BATCH)
            tables.append(table.assign(model=role))
            advance(1)
    write_rows(pd.concat(tables), out / DEPTH_LENS.of(pair=name))
