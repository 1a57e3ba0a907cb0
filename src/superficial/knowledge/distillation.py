"""Learns dW: the base's frozen hidden states, the aligned model's distribution, and their exact KL (section 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from superficial.knowledge.traces import Trace

PAPER_LEARNING_RATE = 1e-4


@dataclass(frozen=True)
class DistillationSettings:
    """`optimizer` is "adam-cosine" (ours) or "paper": Adam at 1e-4, constant, whatever `learning_rate` says."""

    optimizer: str
    learning_rate: float
    epochs: int
    batch_size: int
    seed: int


def kl_divergence(
    teacher: Float[Tensor, "position vocab"], student: Float[Tensor, "position vocab"]
) -> Float[Tensor, " position"]:
    """Return KL(P_a || P_student) over the whole vocabulary, in nats, from logits."""
    log_teacher, log_student = teacher.log_softmax(-1), student.log_softmax(-1)
    return (log_teacher.exp() * (log_teacher - log_student)).sum(-1)


def split_by_prompt(prompt: Int[Tensor, " position"], share: float, seed: int) -> Bool[Tensor, " position"]:
    """Mark the positions of a random `share` of the prompts (at least one) for validation, never part of one."""
    prompts = prompt.unique()
    generator = torch.Generator().manual_seed(seed)
    chosen = prompts[torch.randperm(len(prompts), generator=generator)[: max(1, round(share * len(prompts)))]]
    return torch.isin(prompt, chosen)


def distil(
    base_weight: Float[Tensor, "vocab width"],
    aligned_weight: Float[Tensor, "vocab aligned_width"],
    trace: Trace,
    validation: Bool[Tensor, " position"],
    settings: DistillationSettings,
) -> tuple[Float[Tensor, "vocab width"], list[float]]:
    """Minimise the mean KL(P_a || softmax((W_b + dW) h_b)) over the positions outside `validation`.

    Returns:
        The dW of the epoch with the lowest validation KL, and the validation KL in nats: before training, then after
        each epoch.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    delta = torch.zeros_like(base_weight, requires_grad=True)
    train = (~validation).nonzero().squeeze(1)
    batches = -(-len(train) // settings.batch_size)
    ours = settings.optimizer == "adam-cosine"
    optimizer = torch.optim.Adam([delta], lr=settings.learning_rate if ours else PAPER_LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs * batches) if ours else None

    def loss(rows: Tensor) -> Tensor:
        teacher = trace.aligned_hidden[rows] @ aligned_weight.T
        return kl_divergence(teacher, trace.base_hidden[rows] @ (base_weight + delta).T).mean()

    def validation_kl() -> float:
        with torch.no_grad():
            return loss(validation.nonzero().squeeze(1)).item()

    history, best = [validation_kl()], torch.zeros_like(base_weight)
    for _ in range(settings.epochs):
        for rows in train[torch.randperm(len(train), generator=generator)].split(settings.batch_size):
            optimizer.zero_grad()
            loss(rows).backward()
            optimizer.step()
            if schedule:
                schedule.step()
        history.append(validation_kl())
        if history[-1] == min(history):
            best = delta.detach().clone()
    return best, history
