"""MMLU by the likelihood of the four letters, through lm-eval, as the paper reports it; any head, white or black box.

Needs the optional package lm-eval (`pip install -e .[mmlu]`).
"""

from __future__ import annotations

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

from superficial.models.batches import USUAL


class Harness(HFLM):
    """A loaded model as lm-eval asks it, with what changes its logits before they are read.

    Args:
        model: what is asked; a residual head is in it already.
        tokenizer: its tokenizer.
        processors: what a black-box head's `attach` returns.
        batch: questions a batch.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Any,
        processors: Sequence[LogitsProcessor] = (),
        batch: int = USUAL,
    ) -> None:
        # In the bfloat16 of a model, letters that are near each other would tie.
        super().__init__(pretrained=model, tokenizer=tokenizer, batch_size=batch, softmax_dtype=torch.float32)
        self._processors = processors

    def _select_cont_toks(self, logits: Tensor, contlen: int | None = None, inplen: int | None = None) -> Tensor:
        """Return the log-probabilities of a continuation's positions, changed only there: W_trans is large."""
        kept = super()._select_cont_toks(logits, contlen=contlen, inplen=inplen)
        for processor in self._processors:
            # Black-box knowledge reads logits up to a constant, and gives log-probabilities.
            kept = processor(torch.empty(len(kept), 0, dtype=torch.long), kept)  # type: ignore[arg-type]
        return kept


def score_mmlu(harness: Harness, shots: int, limit: int | None, folder: Path | None = None) -> pd.DataFrame:
    """Return one row a question: id, subject, score (0/1) and judge.

    Args:
        harness: what is asked, in lm-eval's own words without a chat template.
        shots: worked questions of the same subject before each question.
        limit: only the first so many questions of each subject; None: all.
        folder: tasks in lm-eval's format instead of its own, among them a task or group `mmlu`; None: its own, whose
            questions it downloads.

    Raises:
        ValueError: where the questions cannot be had.
    """
    manager = TaskManager(include_path=folder and str(folder), include_defaults=folder is None)
    try:
        found = simple_evaluate(
            harness, tasks=["mmlu"], num_fewshot=shots, limit=limit, bootstrap_iters=0, task_manager=manager
        )
    except (OSError, KeyError) as error:
        raise ValueError(f"lm-eval cannot have its task mmlu: {' '.join(str(error).split())}") from error
    judge = f"lm-eval {version('lm_eval')} mmlu, {shots} shots"
    rows = [
        {"id": f"{task}/{sample['doc_id']}", "subject": task, "score": float(sample["acc"]), "judge": judge}
        for task, samples in found["samples"].items()
        for sample in samples
    ]
    return pd.DataFrame(rows)
