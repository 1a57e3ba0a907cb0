"""Trains a lab model with transformers' Trainer, and stops early when a validation score is reached."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from typing import Any

import torch
from transformers import PreTrainedModel, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from superficial.config import Training


class EarlyStoppingCallback(TrainerCallback):
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

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Score the model if this step is one of those to score."""
        step, model = state.global_step, kwargs["model"]
        if step % self._every_steps and step != state.max_steps:
            return
        model.eval()
        score = self._score(model)
        model.train()
        if score > max(self.scores.values(), default=-math.inf):
            self._best_state = {name: value.clone() for name, value in model.state_dict().items()}
        self.scores[step] = score
        control.should_training_stop |= score >= self._target_score

    def restore_best(self, model: PreTrainedModel) -> None:
        """Load the state with the highest score into a model."""
        model.load_state_dict(self._best_state)


class _ProgressCallback(TrainerCallback):
    """Advances a progress bar after each step."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self._advance(1)


def train(
    model: PreTrainedModel,
    blocks: list[dict[str, Any]],
    settings: Training,
    advance: Callable[[int], None] = lambda _: None,
    early_stopping: EarlyStoppingCallback | None = None,
) -> PreTrainedModel:
    """Train a model on all blocks once, with AdamW and a cosine schedule.

    Args:
        model: the model, changed in place.
        blocks: rows of token ids, labels and positions, see `superficial.lab.blocks`.
        settings: the settings of the optimizer.
        advance: called after each step with the number 1.
        early_stopping: scores the model on the way, and restores its best state at the end.

    Returns:
        The model, in evaluation mode.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=settings.batch_size,
            num_train_epochs=1,
            learning_rate=settings.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=min(50, settings.steps // 10),
            adam_beta1=0.9,
            adam_beta2=0.98,
            adam_epsilon=settings.epsilon,
            weight_decay=0.0,
            max_grad_norm=1.0,
            seed=settings.seed,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            use_cpu=True,
            dataloader_pin_memory=False,
            disable_tqdm=True,
        )
        # With a cache, transformers ignores where packed documents begin.
        model.config.use_cache = False
        trainer = Trainer(
            model=model,
            args=arguments,
            train_dataset=blocks,  # type: ignore[arg-type]
            callbacks=[_ProgressCallback(advance), *([early_stopping] if early_stopping else [])],
        )
        trainer.train()
    if early_stopping:
        early_stopping.restore_best(model)
    model.config.use_cache = True
    return model.eval()
