"""Trains a lab model, and stops early when a validation score is reached.

A loop of our own: with models this small, transformers' Trainer adds about a third to the time of the training itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from transformers import PreTrainedModel, get_cosine_schedule_with_warmup

from superficial.config import Training

_WARMUP_STEPS = 50
_BETAS = (0.9, 0.98)
_LARGEST_GRADIENT_NORM = 1.0


class EarlyStopping:
    """Scores a model during training, remembers its best state, and stops the training at a target score.

    The model is scored after every `every_steps` steps and after the last step. Of equal scores the first counts.

    Args:
        every_steps: the number of steps between scores.
        target_score: the score at which the training stops.
        score: returns the validation score of a model.

    Attributes:
        scores: the validation score after each step at which the model was scored.
    """

    def __init__(self, every_steps: int, target_score: float, score: Callable[[PreTrainedModel], float]) -> None:
        self._every_steps = every_steps
        self._target_score = target_score
        self._score = score
        self._best_state: dict[str, torch.Tensor] = {}
        self.scores: dict[int, float] = {}

    def is_reached(self, model: PreTrainedModel, step: int, last_step: int) -> bool:
        """Return whether a model has reached the target score, if this step is one of those to score."""
        if step % self._every_steps and step != last_step:
            return False
        model.eval()
        score = self._score(model)
        model.train()
        if score > max(self.scores.values(), default=-math.inf):
            self._best_state = {name: value.clone() for name, value in model.state_dict().items()}
        self.scores[step] = score
        return score >= self._target_score

    def restore_best(self, model: PreTrainedModel) -> None:
        """Load the state with the highest score into a model."""
        model.load_state_dict(self._best_state)


def train(
    model: PreTrainedModel,
    blocks: list[dict[str, Any]],
    settings: Training,
    advance: Callable[[int], None] = lambda _: None,
    early_stopping: EarlyStopping | None = None,
) -> PreTrainedModel:
    """Train a model on all blocks once, in their order, with AdamW and a cosine schedule.

    Args:
        model: the model, changed in place.
        blocks: rows of token ids, labels and positions, see `superficial.lab.blocks`.
        settings: the settings of the optimizer.
        advance: called after each step with the number 1.
        early_stopping: scores the model on the way, and restores its best state at the end.

    Returns:
        The model, in evaluation mode.
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        parameters, settings.learning_rate, betas=_BETAS, eps=settings.epsilon, weight_decay=0.0, fused=True
    )
    schedule = get_cosine_schedule_with_warmup(optimizer, min(_WARMUP_STEPS, settings.steps // 10), settings.steps)
    # With a cache, transformers ignores where packed documents begin.
    model.config.use_cache = False
    model.train()
    for step in range(1, settings.steps + 1):
        rows = blocks[(step - 1) * settings.batch_size : step * settings.batch_size]
        model(**{name: torch.stack([row[name] for row in rows]) for name in rows[0]}).loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, _LARGEST_GRADIENT_NORM)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        advance(1)
        if early_stopping and early_stopping.is_reached(model, step, settings.steps):
            break
    if early_stopping:
        early_stopping.restore_best(model)
    model.config.use_cache = True
    return model.eval()
