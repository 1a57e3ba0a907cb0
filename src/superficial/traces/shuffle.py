"""A teacher that must teach nothing: a control for what any training of the output head would seem to recover."""

from __future__ import annotations

import torch

from superficial.traces.trace import Trace


def shuffle_teacher(trace: Trace, seed: int) -> Trace:
    """Return a trace in which each prompt has the aligned states of another prompt at the same response positions.

    A cyclic shift of a random order pairs the prompts; positions that the shorter response lacks are left out.
    """
    prompts = trace.prompt.unique()
    order = prompts[torch.randperm(len(prompts), generator=torch.Generator().manual_seed(seed))]
    positions = {int(prompt): (trace.prompt == prompt).nonzero().squeeze(1) for prompt in prompts}
    students, teachers = [], []
    for student, teacher in zip(order.tolist(), order.roll(1).tolist(), strict=True):
        length = min(len(positions[student]), len(positions[teacher]))
        students.append(positions[student][:length])
        teachers.append(positions[teacher][:length])
    kept, from_teacher = torch.cat(students), torch.cat(teachers)
    return Trace(
        prompt=trace.prompt[kept],
        position=trace.position[kept],
        token=trace.token[kept],
        base_hidden=trace.base_hidden[kept],
        aligned_hidden=trace.aligned_hidden[from_teacher],
    )
