"""Which positions a head is learned on and which decide when it is best: apart by prompt, or officially by token."""

from __future__ import annotations

from dataclasses import fields

import torch
from jaxtyping import Bool
from torch import Tensor

from superficial.traces.trace import Trace

# The official code keeps the last 5 % of all positions, in the order of the file.
TOKEN_SHARE = 0.05


def select(trace: Trace, rows: Bool[Tensor, " position"]) -> Trace:
    """Return the positions of a trace that are chosen."""
    return Trace(**{field.name: getattr(trace, field.name)[rows] for field in fields(Trace)})


def split_by_prompt(trace: Trace, share: float, seed: int) -> tuple[Trace, Trace]:
    """Return what to learn from and what to validate on: a share of the prompts, at least one, never part of one."""
    prompts = trace.prompt.unique()
    order = prompts[torch.randperm(len(prompts), generator=torch.Generator().manual_seed(seed))]
    chosen = torch.isin(trace.prompt, order[: max(1, round(share * len(prompts)))])
    return select(trace, ~chosen), select(trace, chosen)


def sample_prompts(trace: Trace, count: int, seed: int) -> Trace:
    """Return the positions of `count` prompts drawn from a trace.

    Raises:
        ValueError: where the trace has fewer prompts.
    """
    prompts = trace.prompt.unique()
    if count > len(prompts):
        raise ValueError(f"The trace has {len(prompts)} prompts; {count} can not be drawn from it.")
    drawn = prompts[torch.randperm(len(prompts), generator=torch.Generator().manual_seed(seed))[:count]]
    return select(trace, torch.isin(trace.prompt, drawn))


def split_by_token(train: Trace, validation: Trace) -> tuple[Trace, Trace]:
    """Return both together, split again at the last `TOKEN_SHARE` of positions: a response may fall on both sides."""
    shift = int(train.prompt.max()) + 1
    both = Trace(
        **{
            field.name: torch.cat([getattr(train, field.name), getattr(validation, field.name) + shift])
            if field.name == "prompt"
            else torch.cat([getattr(train, field.name)[:], getattr(validation, field.name)[:]])
            for field in fields(Trace)
        }
    )
    last = torch.arange(len(both.token)) >= round(len(both.token) * (1 - TOKEN_SHARE))
    return select(both, ~last), select(both, last)


def learned_and_checked(
    train: Trace, validation: Trace, prompts: int | None, split: str, seed: int
) -> tuple[Trace, Trace]:
    """Return what a head is learned on and what it is checked on.

    Args:
        train: positions of the training prompts.
        validation: positions of the validation prompts.
        prompts: how many training prompts to use, drawn by `seed`; None: all.
        split: "prompt", as they come, or "token", see `split_by_token`.
        seed: of the draw.
    """
    if prompts is not None:
        train = sample_prompts(train, prompts, seed)
    return split_by_token(train, validation) if split == "token" else (train, validation)
