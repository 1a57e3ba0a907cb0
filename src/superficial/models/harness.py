"""MMLU accuracy by the likelihood of the four letters, through lm-eval, as the paper reports it.

Needs the optional package lm-eval (`pip install -e .[mmlu]`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from lm_eval import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from torch import Tensor
from transformers import LogitsProcessor, PreTrainedModel

from superficial.errors import one_line
from superficial.models.batches import DEFAULT_BATCH
from superficial.models.rope import longest_static_length, reset_positions


class Harness(HFLM):
    """A loaded model for lm-eval, with processors that change its logits before they are scored.

    Args:
        model: the model; a residual head is already merged into it.
        tokenizer: its tokenizer.
        processors: those of a black-box head.
        batch_size: questions in a batch; 1 where a long question would change the states of the others.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Any,
        processors: Sequence[LogitsProcessor] = (),
        batch_size: int = DEFAULT_BATCH,
    ) -> None:
        if math.isfinite(longest_static_length(model)):
            batch_size = 1
        # In a model's own bfloat16, letters with similar likelihoods would tie.
        super().__init__(pretrained=model, tokenizer=tokenizer, batch_size=batch_size, softmax_dtype=torch.float32)
        self._processors = processors

    def _model_call(self, *inputs: Any, **settings: Any) -> Tensor:
        """Return the logits of a batch, as a model returns them that has read nothing before."""
        reset_positions(self.model)
        logits: Tensor = super()._model_call(*inputs, **settings)
        return logits

    def _select_cont_toks(self, logits: Tensor, contlen: int | None = None, inplen: int | None = None) -> Tensor:
        """Return the log-probabilities of a continuation; only its positions are changed, since W_trans is large."""
        selected = super()._select_cont_toks(logits, contlen=contlen, inplen=inplen)
        for processor in self._processors:
            # A black-box head reads logits up to a constant, and returns log-probabilities.
            selected = processor(torch.empty(len(selected), 0, dtype=torch.long), selected)  # type: ignore[arg-type]
        return selected


def score_mmlu(harness: Harness, shots: int, limit: int | None, folder: Path | None = None) -> pd.DataFrame:
    """Score a model on MMLU, with lm-eval's prompts and without a chat template.

    Args:
        harness: the model.
        shots: examples of the same subject before each question.
        limit: questions of each subject; None: all.
        folder: tasks in lm-eval's format, one of them a task or group `mmlu`; None: lm-eval's own, which downloads
            its questions.

    Returns:
        One row a question: id, subject, score (0/1) and judge.

    Raises:
        ValueError: if the task or its questions cannot be read.
    """
    manager = TaskManager(include_path=folder and str(folder), include_defaults=folder is None)
    try:
        results = simple_evaluate(
            harness, tasks=["mmlu"], num_fewshot=shots, limit=limit, bootstrap_iters=0, task_manager=manager
        )
    except (OSError, KeyError) as error:
        raise ValueError(f"lm-eval cannot read its task mmlu: {one_line(error)}") from error
    judge = f"lm-eval {version('lm_eval')} mmlu, {shots} shots"
    rows = [
        {"id": f"{task}/{sample['doc_id']}", "subject": task, "score": float(sample["acc"]), "judge": judge}
        for task, samples in results["samples"].items()
        for sample in samples
    ]
    return pd.DataFrame(rows)
