"""view: traces and heads -> what a reader of single questions looks at: top tokens by position, responses by strength.

The questions are the first so many of each benchmark of the test split, as they stand in the traces.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from safetensors.torch import load_file

from superficial.config import Profile
from superficial.files import write_rows
from superficial.heads.head import LogitHead, ResidualHead, load_head
from superficial.judges.scoring import score_benchmarks
from superficial.models.device import set_up_torch
from superficial.models.evaluation import Generation, generate_responses
from superficial.models.generation import generate
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import OutputHead
from superficial.traces.positions import measure_positions
from superficial.traces.predictions import MODELS, top_predictions
from superficial.traces.trace import Trace, collect, read_shards

TOP = 10
BATCH = 64


def _readable(tokenizer: Any) -> list[str]:
    """Return each token as text, or as it is in the vocabulary where it is only a part of a letter."""
    names = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    texts = [tokenizer.decode([number]) for number in range(len(names))]
    return [text if text and "\ufffd" not in text else name for text, name in zip(texts, names, strict=True)]


def _table(
    pair: tuple[OutputHead, OutputHead], head: ResidualHead | LogitHead, trace: Trace, names: list[str]
) -> pd.DataFrame:
    columns = measure_positions(*pair, head.student, trace) | top_predictions(*pair, head.student, trace, TOP)
    table = pd.DataFrame({name: list(values.numpy()) for name, values in columns.items()})
    for name in ("source", "target", "student", "token"):
        table[name] = table[name].map(names.__getitem__)
    for name in MODELS:
        table[f"{name}_tokens"] = table[f"{name}_tokens"].map(lambda row: [names[token] for token in row])
    return table


def main(profile: Profile, out: Path, _: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    view = profile.view
    assert view is not None, "the workflow asks for a view only where the profile has one"
    pair_name = profile.heads[view.head].pair
    pair = profile.pairs[pair_name]
    context = read_context(out / "worlds" / profile.world_of(pair.base) / "context.json")
    everything = pd.read_parquet(out / "traces" / pair_name / "test-responses.parquet").drop(columns="response")
    asked = everything[everything.groupby("benchmark").cumcount() < view.questions_per_benchmark]
    head = load_head(out / "heads" / view.head)
    tensors = {} if view.black_box_head is None else load_file(out / "heads" / view.black_box_head / "head.safetensors")
    black_boxes = [LogitHead(tensors[f"k{k}"], k) for k in sorted(int(name[1:]) for name in tensors)]
    grid = []
    with progress("asking for the view", 1 + len(view.strengths) + len(black_boxes)) as advance:
        base, tokenizer = load_model(out / "models" / pair.base)
        aligned, _ = load_model(out / "models" / pair.aligned)
        prompting = Prompting(context, pair.base_prompt_format, pair.wrapper)
        basic = prompting.prompts(tokenizer, asked)
        own = Prompting(context, pair.aligned_prompt_format, pair.wrapper).prompts(tokenizer, asked)

        def asking(control: str, value: float, model: Any, processors: list[Any]) -> None:
            generation = Generation(profile.max_new_tokens, [tokenizer.eos_token_id], processors)
            responses = generate_responses(model, tokenizer, asked, prompting, generation)
            grid.append(
                score_benchmarks(profile, responses, out / "judges").assign(control=control, value=float(value))
            )
            advance(1)

        for alpha in view.strengths:
            model, _ = load_model(out / "models" / pair.base)
            asking("alpha", alpha, model, head.at(alpha).attach(model))
        for black_box in black_boxes:
            asking("k", black_box.k, base, black_box.attach(base))

        trace = read_shards(out / "traces" / pair_name / "test")
        student, _ = load_model(out / "models" / pair.base)
        processors = head.attach(student)
        limits = (tokenizer.eos_token_id, profile.max_new_tokens, BATCH)
        responses = {
            "base": generate(base, basic, *limits),
            "aligned": [trace.token[trace.prompt == number].tolist() for number in asked.index],
            "superficial": generate(student, basic, *limits, processors=processors),
        }
        heads = (OutputHead.of(base), OutputHead.of(aligned))
        names, ids = _readable(tokenizer), asked["question_id"].reset_index(drop=True)
        tables = []
        for who in MODELS:
            table = _table(heads, head, collect(base, aligned, basic, own, responses[who], BATCH), names)
            table.insert(0, "question_id", table.pop("prompt").map(ids))
            tables.append(table.assign(response=who))
        advance(1)
    for name, table in (("positions", pd.concat(tables)), ("grid", pd.concat(grid))):
        write_rows(table, out / "view" / f"{name}.parquet")
