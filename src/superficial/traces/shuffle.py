"""A teacher that must teach nothing: the control for what any training of the head would seem to recover."""

from __future__ import annotations

import torch

from superficial.traces.trace import Trace


def shuffle_teacher(trace: Trace, seed: int) -> Trace:
    """Give each prompt the aligned states of another prompt, at the same response positions.

    Each prompt is paired with another one by a cyclic shift of a random order; the positions that the shorter
    response lacks are left out.
    """
    prompts = trace.prompt.unique()
    order = prompts[torch.randperm(len(prompts), generator=torch.Generator().manual_seed(seed))]
    rows = {int(p): (trace.prompt == p).nonzero().squeeze(1) for p in prompts}
    students, teachers = [], []
    for student, teacher in zip(order.tolist(), order.roll(1).tolist(), strict=True):
        length = min(len(rows[student]), len(rows[teacher]))
        students.append(rows[student][:length])
        teachers.append(rows[teacher][:length])
    kept, from_teacher = torch.cat(students), torch.cat(teachers)
    return Trace(
        prompt=trace.prompt[kept],
        position=trace.position[kept],
        token=trace.token[kept],
        base_hidden=trace.base_hidden[kept],
        aligned_hidden=trace.aligned_hidden[from_teacher],
    )
