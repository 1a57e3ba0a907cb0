"""view: traces and heads -> what the report's viewer shows: top tokens by position, responses by strength and by k.

The questions are the first of each benchmark of the test split, as they are in the traces.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from superficial.config import Profile
from superficial.files import write_rows
from superficial.heads.loading import Head, load_every_k, load_head
from superficial.judges.scoring import score_benchmarks
from superficial.models.device import set_up_torch
from superficial.models.end_tokens import end_tokens_of
from superficial.models.evaluation import Generation, answer_questions
from superficial.models.generation import generate
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import Pair
from superficial.traces.predictions import MODELS, predictions_table
from superficial.traces.shards import read_shards
from superficial.traces.token_text import readable_text
from superficial.traces.tracing import trace_responses

TOP = 10
BATCH = 64


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    view = profile.view
    assert view is not None, "the stage is called only if the profile has a view"
    traces = out / "traces" / profile.heads[view.head].pair
    settings = profile.pairs[profile.heads[view.head].pair]
    context = read_context(out / "worlds" / profile.world_of(settings.base) / "context.json")
    questions = pd.read_parquet(traces / "test-responses.parquet").drop(columns="response")
    questions = questions[questions.groupby("benchmark").cumcount() < view.questions_per_benchmark]
    head = load_head(out / "heads" / view.head)
    black_boxes = [] if view.black_box_head is None else load_every_k(out / "heads" / view.black_box_head)
    applied: list[tuple[str, float, Head]] = [("alpha", alpha, head.with_strength(alpha)) for alpha in view.strengths]
    applied += [("k", black_box.k, black_box) for black_box in black_boxes]
    grid = []
    with progress("generating responses for the viewer", 1 + len(applied)) as advance:
        base, tokenizer = load_model(out / "models" / settings.base)
        aligned, aligned_tokenizer = load_model(out / "models" / settings.aligned)
        base_prompting = Prompting(context, settings.base_prompt_format, settings.wrapper)
        aligned_prompting = Prompting(context, settings.aligned_prompt_format, settings.aligned_wrapper)
        base_prompts, aligned_prompts = (p.prompts(tokenizer, questions) for p in (base_prompting, aligned_prompting))
        limits, chosen = profile.token_limits(questions["benchmark"]), profile.chosen_benchmarks
        end_tokens = end_tokens_of(base, tokenizer)
        student_ends = [*end_tokens, *end_tokens_of(aligned, aligned_tokenizer)]
        for control, value, changed in applied:
            with changed.applied_to(base) as processors:
                generation = Generation(limits, student_ends, processors, changed.extra_bytes)
                responses = answer_questions(base, tokenizer, questions, base_prompting, generation, chosen)
            scores = score_benchmarks(profile, responses, out / "judges")
            grid.append(scores.assign(control=control, value=float(value)))
            advance(1)
        traced = read_shards(traces / "test").responses()
        tokens = {
            "base": generate(base, base_prompts, end_tokens, limits, BATCH),
            "aligned": [traced[number] for number in questions.index],
        }
        with head.applied_to(base) as processors:
            tokens["superficial"] = generate(base, base_prompts, student_ends, limits, BATCH, processors=processors)
        pair = Pair.of(base, aligned)
        texts = list(map(readable_text(tokenizer), range(pair.vocabulary_size)))
        ids, tables = questions["question_id"].reset_index(drop=True), []
        for model in MODELS:
            trace = trace_responses(base, aligned, base_prompts, aligned_prompts, tokens[model], BATCH)
            table = predictions_table(pair, head.student_logits, trace, TOP, texts, ids)
            tables.append(table.assign(response=model))
        advance(1)
    write_rows(pd.concat(tables), out / "view" / "positions.parquet")
    write_rows(pd.concat(grid), out / "view" / "grid.parquet")
