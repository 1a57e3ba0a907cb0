"""How likely a model finds given answers to prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from superficial.models.batching import plan_batches
from superficial.models.limits import check_texts
from superficial.models.states import final_states
from superficial.tensors import all_finite

if TYPE_CHECKING:
    from transformers import LogitsProcessor, PreTrainedModel


@torch.inference_mode()
def mean_log_probabilities(
    model: PreTrainedModel,
    prompts: list[list[int]],
    answers: list[list[int]],
    batch_size: int,
    processors: Sequence[LogitsProcessor] = (),
) -> list[float]:
    """Return the mean log-probability of an answer's tokens after its prompt, in nats a token.

    A mean, since a sum would prefer short answers.

    Args:
        model: a causal language model.
        prompts: token ids of each prompt.
        answers: token ids of the answer to each prompt.
        batch_size: texts in a batch.
        processors: change the logits, as a black-box head does.

    Raises:
        ValueError: if an answer is empty, a text is too long for the model, or logits are not finite.
    """
    if not all(answers):
        raise ValueError("An answer has no tokens, so that it has no likelihood.")
    texts = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
    check_texts(model, texts)
    head = model.get_output_embeddings()
    means = [0.0] * len(texts)
    for batch in plan_batches(model, [len(text) - 1 for text in texts], batch_size):
        rows = [texts[number][:-1] for number in batch.numbers]
        width = max(map(len, rows))
        # Right padding: a causal model's earlier positions do not see it.
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=model.device)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=model.device)
        for number, row, states in zip(batch.numbers, rows, final_states(model, ids, mask), strict=True):
            logits = head(states[len(prompts[number]) - 1 : len(row)]).float()
            if not all_finite(logits):
                raise ValueError(f"The logits of {model.name_or_path or 'the model'} are not finite.")
            for processor in processors:
                logits = processor(torch.empty(len(logits), 0, dtype=torch.long, device=logits.device), logits)
            tokens = torch.tensor(answers[number], device=logits.device)
            chosen = logits.log_softmax(-1).gather(-1, tokens[:, None])
            means[number] = float(chosen.mean())
    return means
