"""Steps of a report that run the models, part by part: traces to learn a head from, and what is measured held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from superficial.distillation.heads import DEFAULT_RESIDUAL_SETTINGS
from superficial.extraction import learn_head
from superficial.files import write_rows
from superficial.heads.loading import Head, load_head
from superficial.measures.overlap import jaccard
from superficial.models.end_tokens import end_tokens_of
from superficial.models.pair import ModelPair
from superficial.pair_prompts import PairPrompts
from superficial.pair_report.work import HEAD, Work
from superficial.progress import progress
from superficial.traces.positions import measure_positions
from superficial.traces.predictions import MODELS, top_predictions
from superficial.traces.shards import read_shards, write_shard
from superficial.traces.token_text import readable_text
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_prompts

if TYPE_CHECKING:
    from transformers import LogitsProcessor

TRACING, LEARNING, MEASURING = "tracing the prompts to learn from", "learning the head", "measuring held-out prompts"
# How many of the most likely tokens are recorded, as AlignTDS shows.
TOP = 30
# Of so many held-out prompts, the responses of the base and of the base with the head are recorded as well.
SHOWN = 32
# A part is one batch: what a killed report loses at most.
_PART = 16
_STUDENTS = ("base", "superficial")


def learned_head(models: ModelPair, prompts: PairPrompts, max_new_tokens: int, seed: int, work: Work) -> Head:
    """Return the head of the report, learned from these prompts unless that was done before."""
    folder = work.folder / HEAD
    if not folder.is_dir():
        _trace(models, prompts, max_new_tokens, work)
        with work.timed(LEARNING), progress(LEARNING, 1) as advance:
            trace = read_shards(work.parts(TRACING))
            learn_head(models, prompts, trace, None, DEFAULT_RESIDUAL_SETTINGS, seed, None).save(folder)
            advance(1)
    return load_head(folder, models.base, models.tokenizer)


def _trace(models: ModelPair, prompts: PairPrompts, max_new_tokens: int, work: Work) -> None:
    def trace(begin: int, part: PairPrompts, file: Path) -> None:
        end_tokens = models.end_tokens
        (traced,) = trace_prompts(
            models.base, models.aligned, part.base, part.aligned, end_tokens, max_new_tokens, _PART
        )
        write_shard(file, replace(traced, prompt=traced.prompt + begin))

    _each_part(TRACING, "safetensors", prompts, work, trace)


def measured_positions(
    models: ModelPair, head: Head, prompts: PairPrompts, max_new_tokens: int, work: Work
) -> pd.DataFrame:
    """Return what each model predicts at every position of every response, measured unless that was done before.

    Returns:
        one row per position, with the columns of `measure_positions` and `top_predictions`, tokens as texts; prompt,
        the number of the prompt; response, whose response it is: the aligned model's, or of the first prompts also that
        of the base, and of the base with the head; overlap_base and overlap_superficial, the Jaccard index of the
        `TOP` first tokens with those of the aligned model.
    """
    # The same tokens come again and again, and decoding one takes long.
    text = cache(readable_text(models.tokenizer))

    def measure(begin: int, part: PairPrompts, file: Path) -> None:
        tables = []
        for who, trace in _traces(models, head, part, max_new_tokens, only_aligned=begin >= SHOWN).items():
            table = _predictions(models, head, trace, text)
            tables.append(table.assign(prompt=table["prompt"] + begin, response=who))
        write_rows(pd.concat(tables), file)

    _each_part(MEASURING, "parquet", prompts, work, measure)
    files = sorted(work.parts(MEASURING).glob("*.parquet"))
    return pd.concat(map(pd.read_parquet, files), ignore_index=True)


def _each_part(
    step: str, suffix: str, prompts: PairPrompts, work: Work, do: Callable[[int, PairPrompts, Path], None]
) -> None:
    """Call a function for each part that has no file yet, with the number of its first prompt and its file."""
    begins = range(0, len(prompts.texts), _PART)
    missing = [begin for begin in begins if not work.part(step, begin // _PART, suffix).is_file()]
    sizes = {begin: min(_PART, len(prompts.texts) - begin) for begin in missing}
    if not missing:
        return
    with progress(step, sum(sizes.values())) as advance:
        for begin, size in sizes.items():
            with work.timed(step):
                do(begin, prompts.select(range(begin, begin + size)), work.part(step, begin // _PART, suffix))
            advance(size)


def _traces(
    models: ModelPair, head: Head, prompts: PairPrompts, max_new_tokens: int, only_aligned: bool
) -> dict[str, Trace]:
    """Return traces over the responses of the aligned model, of the base, and of the base with the head."""

    def trace(end_tokens: list[int], written_with: Sequence[LogitsProcessor] | None) -> Trace:
        (traced,) = trace_prompts(
            models.base,
            models.aligned,
            prompts.base,
            prompts.aligned,
            end_tokens,
            max_new_tokens,
            _PART,
            written_with=written_with,
        )
        return traced

    ends, base_ends = models.end_tokens, end_tokens_of(models.base, models.tokenizer)
    traces = {"aligned": trace(ends, None)}
    if only_aligned:
        return traces
    traces["base"] = trace(base_ends, ())
    with head.applied_to(models.base) as processors:
        traces["superficial"] = trace([*base_ends, *ends], processors)
    return traces


def _predictions(models: ModelPair, head: Head, trace: Trace, text: Callable[[int], str]) -> pd.DataFrame:
    pair = models.output_heads
    student = head.to(pair.device).student_logits
    columns = measure_positions(pair, student, trace) | top_predictions(pair, student, trace, TOP)
    table = pd.DataFrame({name: list(values.cpu().numpy()) for name, values in columns.items()})
    for model in _STUDENTS:
        table[f"overlap_{model}"] = jaccard(table[f"{model}_tokens"], table["aligned_tokens"])
    for name in ("source", "target", "student", "token"):
        table[name] = table[name].map(text)
    for model in MODELS:
        table[f"{model}_tokens"] = table[f"{model}_tokens"].map(lambda tokens: [text(int(token)) for token in tokens])
    return table
