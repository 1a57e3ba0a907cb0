"""What a pair and a head predict at each response position: the raw material of shift tokens and KL curves."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from superficial.distillation.residual import kl_divergence
from superficial.traces.output_head import OutputHead
from superficial.traces.trace import Trace

_CHUNK = 4096


def measure_positions(
    base: OutputHead,
    aligned: OutputHead,
    student_logits: Callable[[Tensor, Tensor], Tensor],
    trace: Trace,
) -> dict[str, Tensor]:
    """Return one column a quantity, one row a response position (section 2.1).

    `student_logits` maps the base's hidden states and logits to the student's logits. Columns: prompt; position;
    source, target and student, the top-1 tokens of the base, the aligned model and the student; target_rank, the rank
    of the target token in the base's distribution (1: no shift); kl_base and kl_superficial, KL(P_a || .) in nats.
    """
    columns: dict[str, list[Tensor]] = {}
    for begin in range(0, len(trace.token), _CHUNK):
        rows = slice(begin, begin + _CHUNK)
        hidden = trace.base_hidden[rows]
        teacher, before = aligned.logits(trace.aligned_hidden[rows]), base.logits(hidden)
        student = student_logits(hidden, before)
        target = teacher.argmax(-1)
        chunk = {
            "source": before.argmax(-1),
            "target": target,
            "student": student.argmax(-1),
            "target_rank": 1 + (before > before.gather(1, target[:, None])).sum(-1),
            "kl_base": kl_divergence(teacher, before),
            "kl_superficial": kl_divergence(teacher, student),
        }
        for name, values in chunk.items():
            columns.setdefault(name, []).append(values.cpu())
    measured = {name: torch.cat(values) for name, values in columns.items()}
    return {"prompt": trace.prompt, "position": trace.position, **measured}
