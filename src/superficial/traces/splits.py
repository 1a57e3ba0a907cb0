"""Which positions a head is trained on and which validate it: split by prompt, or by token as officially."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from superficial.traces.shards import read_shards
from superficial.traces.trace import Trace

# The official code validates on the last 5 % of all positions, in the order of its file.
TOKEN_SHARE = 0.05


def of_benchmarks(trace: Trace, benchmark_of_prompt: Sequence[str], benchmarks: Collection[str]) -> Trace:
    """Return the positions of the questions of some benchmarks; prompts keep their numbers.

    Args:
        trace: the positions.
        benchmark_of_prompt: the benchmark of each prompt, by its number.
        benchmarks: the benchmarks to keep.

    Raises:
        ValueError: if none of the prompts is of these benchmarks.
    """
    is_wanted = torch.tensor([benchmark in benchmarks for benchmark in benchmark_of_prompt])
    if is_wanted.all():
        return trace
    if not is_wanted.any():
        raise ValueError(f"No traced prompt is of {' or '.join(sorted(benchmarks))}.")
    return trace.select(is_wanted[trace.prompt])


def read_split(folder: Path, split: str, benchmarks: Collection[str]) -> Trace:
    """Return the positions of a split of a pair's traces that belong to the questions of some benchmarks.

    Raises:
        ValueError: if a file is damaged, or there is no such question.
    """
    # Imported here, since extracting a head needs no tables.
    from superficial.reading import read_rows

    questions = read_rows(folder / f"{split}-responses.parquet", ("benchmark",))
    return of_benchmarks(read_shards(folder / split), questions["benchmark"].tolist(), benchmarks)


def split_by_prompt(trace: Trace, share: float, seed: int) -> tuple[Trace, Trace]:
    """Return training and validation positions; validation gets a random `share` of the prompts, at least one."""
    prompts = _shuffled_prompts(trace, seed)
    is_validation = torch.isin(trace.prompt, prompts[: max(1, round(share * len(prompts)))])
    return trace.select(~is_validation), trace.select(is_validation)


def sample_prompts(trace: Trace, count: int, seed: int) -> Trace:
    """Return the positions of `count` random prompts.

    Raises:
        ValueError: if the trace has fewer prompts.
    """
    prompts = _shuffled_prompts(trace, seed)
    if count > len(prompts):
        raise ValueError(f"The trace has {len(prompts)} prompts; {count} cannot be drawn from it.")
    return trace.select(torch.isin(trace.prompt, prompts[:count]))


def split_by_token(train: Trace, validation: Trace) -> tuple[Trace, Trace]:
    """Return both traces joined and split again at the last `TOKEN_SHARE` of positions, even within a response."""
    first_number = int(train.prompt.max()) + 1
    joined = Trace.concatenate([train, replace(validation, prompt=validation.prompt + first_number)])
    is_validation = torch.arange(len(joined)) >= int(len(joined) * (1 - TOKEN_SHARE))
    return joined.select(~is_validation), joined.select(is_validation)


def training_split(train: Trace, validation: Trace, prompts: int | None, split: str, seed: int) -> tuple[Trace, Trace]:
    """Return the positions to train on and those to validate on, as a profile's `distillation` section says.

    Args:
        train: positions of the training prompts.
        validation: positions of the validation prompts.
        prompts: how many training prompts to use, drawn at random; None: all.
        split: "prompt" (as given) or "token", see `split_by_token`.
        seed: of the draw.
    """
    if prompts is not None:
        train = sample_prompts(train, prompts, seed)
    return split_by_token(train, validation) if split == "token" else (train, validation)


def _shuffled_prompts(trace: Trace, seed: int) -> torch.Tensor:
    prompts = trace.prompt.unique()
    return prompts[torch.randperm(len(prompts), generator=torch.Generator().manual_seed(seed))]
