"""Learns dW: the base's frozen hidden states, the aligned model's distribution, and their exact KL (section 2.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.distillation.curvature import curvature
from superficial.distillation.objective import objective
from superficial.traces.output_head import OutputHead
from superficial.traces.rows import Rows, chunks
from superficial.traces.trace import Trace

_CHUNK = 4096
# Of hidden states alone, to sum their products.
_STATES_CHUNK = 2**17
# Directions with less than this share of the mean variance count as if they had it.
_RIDGE = 0.01
_MOMENTUM = 0.9
# Of Newton steps an epoch: their number counts, and few positions are enough for the direction of each.
_LEAST_STEPS = 7


@dataclass(frozen=True)
class DistillationSettings:
    """How a head is learned.

    `optimizer` is "newton" (ours: steps measured by the curvature, with momentum, a cosine schedule and a penalty on
    dW, see `curvature`; full rank only), "adam-cosine" (Adam with a cosine schedule, on whitened hidden states) or
    "adam": at a constant rate on the hidden states as they are (the paper: 1e-4; its code: 1e-5). `epsilon` is
    `curvature`'s or Adam's: gradients far below it move their weights little. With a tiny one, rows of tokens that no
    teacher response holds drift as fast as all others, and the student can not say these tokens any more.
    `teacher_top` restricts dW to the rows of tokens that the teacher ranks among its first so many anywhere in
    training; None: all rows. The loss stays the KL over the whole vocabulary. `teacher_support` is how many of the
    teacher's first tokens its distribution is cut to, see `objective`. `rank` is that of dW; None: any. `batch_size` is
    in positions; "newton" takes fewer where an epoch would have too few steps.
    """

    optimizer: str
    learning_rate: float
    epsilon: float
    epochs: int
    batch_size: int
    teacher_top: int | None
    teacher_support: int | None
    rank: int | None
    seed: int


@dataclass(frozen=True)
class Distilled:
    """The dW of the best epoch, and the validation KL in nats: before training, then after each epoch."""

    delta: Float[Tensor, "vocab width"]
    validation_kl: list[float]


def kl_divergence(
    teacher: Float[Tensor, "position vocab"], student: Float[Tensor, "position vocab"]
) -> Float[Tensor, " position"]:
    """Return KL(P_a || P_student) over the whole vocabulary, in nats, from logits."""
    log_teacher, log_student = teacher.log_softmax(-1), student.log_softmax(-1)
    return (log_teacher.exp() * (log_teacher - log_student)).sum(-1)


def logit_gradient(
    teacher: Float[Tensor, "position vocab"], student: Float[Tensor, "position vocab"]
) -> Float[Tensor, "position vocab"]:
    """Return the gradient of the mean KL(P_a || P_student) in the student's logits, (P_student - P_a) / n."""
    return (student.softmax(-1) - teacher.softmax(-1)) / len(student)


def top_tokens(aligned: OutputHead, trace: Trace, n: int | None) -> Int[Tensor, " token"]:
    """Return the tokens that the teacher ranks among its first `n` at some position; None: every token."""
    vocabulary = len(aligned.weight)
    if n is None or n >= vocabulary:
        return torch.arange(vocabulary)
    seen = torch.zeros(vocabulary, dtype=torch.bool)
    for hidden in chunks(trace.aligned_hidden, _CHUNK):
        seen[aligned.logits(hidden).topk(n).indices.flatten().cpu()] = True
    return seen.nonzero().squeeze(1)


def _products(hidden: Tensor | Rows, through: Float[Tensor, "width other"] | None, like: Tensor) -> Tensor:
    """Return the sum of h h^T over hidden states, or over these times `through`, where and as `like` is."""
    total = torch.zeros((), device=like.device)
    for part in chunks(hidden, _STATES_CHUNK):
        states = part.to(like) if through is None else part.to(like) @ through
        total = total + states.T @ states
    return total


def _leading_directions(products: Float[Tensor, "width width"], rank: int) -> Float[Tensor, "rank width"]:
    """Return the orthonormal directions in which states vary most, by their products, the strongest first."""
    _, directions = torch.linalg.eigh(products)
    return directions.flip(-1)[:, :rank].T.contiguous()


def _principal(covariance: Float[Tensor, "width width"]) -> tuple[Tensor, Tensor]:
    """Return the variance of hidden states by direction, and the orthonormal directions as columns."""
    variance, directions = torch.linalg.eigh(covariance)
    return variance.clamp(min=0), directions


def _whitening(covariance: Float[Tensor, "width width"]) -> Float[Tensor, "width width"]:
    """Return the matrix that makes hidden states about uncorrelated and of equal variance, in every direction.

    The problem is convex in dW, and as badly conditioned as the states' covariance; learned in whitened coordinates,
    it takes a fraction of the steps.
    """
    variance, directions = _principal(covariance)
    scale = (variance.mean() / (variance + _RIDGE * variance.mean())).sqrt()
    return directions @ torch.diag(scale) @ directions.T


def distil(
    base: OutputHead,
    aligned: OutputHead,
    train: Trace,
    validation: Trace,
    settings: DistillationSettings,
    advance: Callable[[int], None] = lambda _: None,
) -> Distilled:
    """Minimise the mean KL(P_a || softmax((W_b + dW) h_b)) over the positions of `train`.

    A bias of the base's head stays as it is.

    Args:
        base: the base model's output head.
        aligned: the aligned model's.
        train: what to learn from.
        validation: other prompts; the epoch with the lowest KL here is returned.
        settings: optimiser, length, restriction.
        advance: told 1 after each epoch.

    Raises:
        ValueError: where "newton" is to learn a rank.
    """
    if settings.optimizer == "newton" and settings.rank is not None:
        raise ValueError(f"The optimizer 'newton' learns all ranks; for rank {settings.rank} choose 'adam-cosine'.")
    newton, adam = settings.optimizer == "newton", settings.optimizer == "adam"
    generator = torch.Generator().manual_seed(settings.seed)
    rows = top_tokens(aligned, train, settings.teacher_top)
    weight, width = base.weight, base.weight.shape[1]
    # Learned on h T instead of h: dW = D T^T.
    through = variance = None
    if not adam:
        covariance = _products(train.base_hidden, None, weight) / len(train.token)
        if newton:
            variance, through = _principal(covariance)
        else:
            through = _whitening(covariance)
    loss, check = (
        objective(base, aligned, rows, trace, settings.teacher_support, through) for trace in (train, validation)
    )
    rank = width if settings.rank is None else min(settings.rank, width)
    # D = left right. Of full rank, right is the identity and does not move: the problem is convex.
    left = torch.zeros(len(rows), rank, device=weight.device)
    right = None if rank == width else _leading_directions(_products(train.base_hidden, through, weight), rank)
    learned = [left] if right is None else [left, right]
    batch = min(settings.batch_size, -(-len(train.token) // _LEAST_STEPS)) if newton else settings.batch_size
    batches = -(-len(train.token) // batch)
    steps = None if variance is None else curvature(loss, variance, settings.epsilon, len(weight))
    optimizer: torch.optim.Optimizer
    if steps:
        optimizer = torch.optim.SGD(learned, lr=settings.learning_rate, momentum=_MOMENTUM, nesterov=True, fused=True)
    else:
        optimizer = torch.optim.Adam(learned, lr=settings.learning_rate, eps=settings.epsilon, fused=weight.is_cuda)
    schedule = None if adam else torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs * batches)

    delta = torch.zeros_like(loss.base.weight)
    best = delta.clone()
    history = [check.mean_kl(delta)]
    for _ in range(settings.epochs):
        for at in torch.randperm(len(train.token), generator=generator).split(batch):
            gradient = loss.gradient(at, delta)
            if steps:
                gradient = steps.step(gradient, delta)
            if right is None:
                left.grad = gradient
            else:
                left.grad, right.grad = gradient @ right.T, left.T @ gradient
            optimizer.step()
            if schedule:
                schedule.step()
            delta = left if right is None else left @ right
        history.append(check.mean_kl(delta))
        if history[-1] == min(history):
            best = delta.clone()
        advance(1)
    whole = best if through is None else best @ through.T
    return Distilled(torch.zeros_like(weight).index_copy(0, rows.to(weight.device), whole).cpu(), history)
