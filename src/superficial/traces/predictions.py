"""What base, aligned model and student say at each response position, for a reader who looks at single tokens."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from superficial.traces.output_head import OutputHead
from superficial.traces.trace import Trace

MODELS = ("base", "aligned", "superficial")
_CHUNK = 4096


def top_predictions(
    base: OutputHead,
    aligned: OutputHead,
    student_logits: Callable[[Tensor, Tensor], Tensor],
    trace: Trace,
    count: int,
) -> dict[str, Tensor]:
    """Return the most likely tokens of each model at each response position, and the student's rank of the target.

    `student_logits` maps the base's hidden states and logits to the student's logits. Columns: token, what the response
    holds; {base, aligned, superficial}_tokens and _probabilities, each (position, count), largest first;
    target_rank_superficial, the rank of the aligned model's top token in the student's distribution (1: the same).
    """
    columns: dict[str, list[Tensor]] = {}
    for begin in range(0, len(trace.token), _CHUNK):
        rows = slice(begin, begin + _CHUNK)
        hidden = trace.base_hidden[rows]
        before, teacher = base.logits(hidden), aligned.logits(trace.aligned_hidden[rows])
        student = student_logits(hidden, before)
        target = teacher.argmax(-1, keepdim=True)
        columns.setdefault("target_rank_superficial", []).append(1 + (student > student.gather(1, target)).sum(-1))
        for model, logits in zip(MODELS, (before, teacher, student), strict=True):
            top = logits.softmax(-1).topk(min(count, logits.shape[-1]), dim=-1)
            columns.setdefault(f"{model}_tokens", []).append(top.indices)
            columns.setdefault(f"{model}_probabilities", []).append(top.values)
    return {"token": trace.token, **{name: torch.cat(values) for name, values in columns.items()}}
