"""depth CURVE: a pair's traces -> at each point of a depth curve, what the student scores and its KL by position."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from superficial.artifacts import DEPTH_POSITIONS, DEPTH_SCORES
from superficial.config import SPLITS, Profile
from superficial.depth.curve import DepthPair, Point, fresh_head, points, reread, student_logits
from superficial.depth.graft import grafted
from superficial.depth_points import BASE
from superficial.files import write_rows
from superficial.heads.residual import ResidualHead
from superficial.judges.scoring import score_benchmarks
from superficial.models.batches import DEFAULT_BATCH
from superficial.models.device import device, set_up_torch
from superficial.models.end_tokens import end_tokens_of
from superficial.models.evaluation import Generation, generate_responses
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import Pair
from superficial.traces.positions import measure_positions
from superficial.traces.shards import read_shards
from superficial.traces.splits import training_split

_COLUMNS = ("prompt", "position", "kl_base", "kl_superficial")


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    assert profile.depth is not None, "the stage is called only if the profile studies depth"
    pair_name, side = profile.depth.curves()[name]
    settings, traces = profile.pairs[pair_name], out / "traces" / pair_name
    (base, tokenizer), (aligned, aligned_tokenizer) = (
        load_model(out / "models" / model) for model in (settings.base, settings.aligned)
    )
    context = read_context(out / "worlds" / profile.world_of(settings.base) / "context.json")
    prompting = Prompting(context, settings.base_prompt_format, settings.wrapper)
    models, pair = (
        DepthPair.of(base, aligned, same_prompts=True),
        Pair.read(traces / "weights.safetensors").to(device()),
    )
    questions = {split: pd.read_parquet(traces / f"{split}-responses.parquet") for split in SPLITS}
    prompts = {split: prompting.prompts(tokenizer, questions[split]) for split in SPLITS}
    traced, test = {split: read_shards(traces / split) for split in SPLITS}, questions["test"].drop(columns="response")
    end_tokens = [*end_tokens_of(base, tokenizer), *end_tokens_of(aligned, aligned_tokenizer)]
    generation = Generation(profile.max_new_tokens, end_tokens)

    def measured(point: Point) -> tuple[pd.DataFrame, pd.DataFrame]:
        read = {split: reread(models, point, prompts[split], traced[split], DEFAULT_BATCH) for split in SPLITS}
        head = None
        if point.has_fresh_head:
            learned = profile.distillation
            parts = training_split(read["train"], read["validation"], learned.prompts, learned.split, learned.seeds[0])
            head = fresh_head(pair, *parts, learned, learned.seeds[0])
        columns = measure_positions(pair, student_logits(pair, head), read["test"])
        return scores(point, head), pd.DataFrame({column: columns[column].numpy() for column in _COLUMNS})

    def scores(point: Point, head: ResidualHead | None) -> pd.DataFrame:
        if head is None:
            responses = generate_responses(aligned, tokenizer, test, prompting, generation)
        else:
            with grafted(base, aligned, point.graft, models.parts) as model, head.applied_to(model):
                responses = generate_responses(model, tokenizer, test, prompting, generation)
        return score_benchmarks(profile, responses, out / "judges").drop(columns=["response", "prompt"])

    alone = generate_responses(base, tokenizer, test, prompting, generation)
    tables = [score_benchmarks(profile, alone, out / "judges").drop(columns=["response", "prompt"]).assign(point=BASE)]
    positions = []
    on_curve = points(side, models.parts.count)
    known: dict[tuple[frozenset[str], bool], tuple[pd.DataFrame, pd.DataFrame]] = {}
    with progress(f"measuring the depth of {name}", len(on_curve)) as advance:
        for point in on_curve:
            # Where only some blocks were trained, many grafts are the same model.
            same = (models.changed_by(point.graft), point.has_fresh_head)
            known[same] = known.get(same) or measured(point)
            tables.append(known[same][0].assign(point=point.name))
            positions.append(known[same][1].assign(point=point.name))
            advance(1)
    write_rows(pd.concat(tables), out / DEPTH_SCORES.of(curve=name))
    write_rows(pd.concat(positions).round(6), out / DEPTH_POSITIONS.of(curve=name))
