"""depth CURVE: a pair's traces -> at each point of a depth curve, what the student scores and its KL by position."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from transformers import PreTrainedModel

from superficial.artifacts import DEPTH_POSITIONS, DEPTH_SCORES
from superficial.config import SPLITS, Profile
from superficial.depth.curve import DepthPair, Point, learn_and_measure, points
from superficial.depth.graft import grafted
from superficial.depth_points import BASE
from superficial.files import write_rows
from superficial.judges.scoring import score_benchmarks
from superficial.models.device import device, set_up_torch
from superficial.models.end_tokens import end_tokens_of
from superficial.models.evaluation import Generation, answer_questions
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import Pair
from superficial.traces.shards import read_shards

_COLUMNS = ("prompt", "position", "kl_superficial")


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    assert profile.depth is not None, "the stage is called only if the profile studies depth"
    pair_name, side = profile.depth.curves()[name]
    settings, traces = profile.pairs[pair_name], out / "traces" / pair_name
    base, tokenizer = load_model(out / "models" / settings.base)
    aligned, aligned_tokenizer = load_model(out / "models" / settings.aligned)
    context = read_context(out / "worlds" / profile.world_of(settings.base) / "context.json")
    prompting = Prompting(context, settings.base_prompt_format, settings.wrapper)
    models = DepthPair.of(base, aligned, same_prompts=True)
    pair = Pair.read(traces / "weights.safetensors").to(device())
    questions = {split: pd.read_parquet(traces / f"{split}-responses.parquet") for split in SPLITS}
    prompts = {split: prompting.prompts(tokenizer, rows) for split, rows in questions.items()}
    traced, test = {split: read_shards(traces / split) for split in SPLITS}, questions["test"].drop(columns="response")
    end_tokens = [*end_tokens_of(base, tokenizer), *end_tokens_of(aligned, aligned_tokenizer)]
    generation = Generation(profile.token_limits(test["benchmark"]), end_tokens)

    def scores(model: PreTrainedModel) -> pd.DataFrame:
        responses = answer_questions(model, tokenizer, test, prompting, generation, profile.chosen_benchmarks)
        return score_benchmarks(profile, responses, out / "judges").drop(columns=["response", "prompt"])

    def measured(point: Point) -> tuple[pd.DataFrame, pd.DataFrame]:
        head, columns = learn_and_measure(models, pair, point, prompts, traced, profile.distillation)
        positions = pd.DataFrame({column: columns[column].numpy() for column in _COLUMNS})
        if head is None:
            return scores(aligned), positions
        with grafted(base, aligned, point.graft, models.parts) as model, head.applied_to(model):
            return scores(model), positions

    tables = [scores(base).assign(point=BASE)] if side == "top" else []
    positions, on_curve = [], points(side, models.parts.count, profile.depth.blocks)
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
    write_rows(pd.concat(positions).round(5), out / DEPTH_POSITIONS.of(curve=name))
