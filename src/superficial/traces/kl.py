"""The distance between two next-token distributions."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor


def kl_divergence(
    teacher: Float[Tensor, "position vocab"], student: Float[Tensor, "position vocab"]
) -> Float[Tensor, " position"]:
    """Return KL(P_teacher || P_student) over the whole vocabulary, in nats, from logits."""
    log_teacher, log_student = teacher.log_softmax(-1), student.log_softmax(-1)
    return (log_teacher.exp() * (log_teacher - log_student)).sum(-1)
