"""Superficial knowledge as something that is saved, loaded and put to use: dW in the head, or W_trans on logits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Int
from safetensors.torch import load_file
from torch import Tensor
from transformers import LogitsProcessor, PreTrainedModel

from superficial.knowledge.logit_head import add_knowledge
from superficial.knowledge.residual_head import merge


@dataclass(frozen=True)
class ResidualHead:
    """dW (vocab, width) of section 2.2."""

    delta: Tensor

    def student(
        self, hidden: Float[Tensor, "position width"], logits: Float[Tensor, "position vocab"]
    ) -> Float[Tensor, "position vocab"]:
        """Return the logits of the base with this head, from the base's hidden states and logits."""
        return logits + hidden @ self.delta.T

    def attach(self, model: PreTrainedModel) -> list[LogitsProcessor]:
        """Merge dW into the model's head; no processor is needed."""
        merge(model, self.delta)
        return []


class _AddKnowledge(LogitsProcessor):
    def __init__(self, head: LogitHead) -> None:
        self._head = head

    @torch.no_grad()
    def __call__(self, input_ids: Int[Tensor, "batch token"], scores: Float[Tensor, "batch vocab"]) -> Tensor:
        return self._head.student(None, scores)


@dataclass(frozen=True)
class LogitHead:
    """W_trans (vocab, vocab) and k of section 3.1; fits any model with the vocabulary."""

    weight: Tensor
    k: int

    def student(
        self, hidden: Float[Tensor, "position width"] | None, logits: Float[Tensor, "position vocab"]
    ) -> Float[Tensor, "position vocab"]:
        """Return the logits of the base with this knowledge, from the base's logits alone."""
        return add_knowledge(logits, self.weight, self.k)

    def attach(self, model: PreTrainedModel) -> list[LogitsProcessor]:
        """Return the processor to generate with.

        Raises:
            ValueError: where the model has another vocabulary.
        """
        if model.config.vocab_size != len(self.weight):
            raise ValueError(
                f"This knowledge is of {len(self.weight)} tokens, the model has {model.config.vocab_size}."
            )
        return [_AddKnowledge(self)]


def load_head(folder: Path) -> ResidualHead | LogitHead:
    """Load a head that `repro/distil.py` saved."""
    tensors = load_file(folder / "head.safetensors")
    if "delta" in tensors:
        return ResidualHead(tensors["delta"])
    k = json.loads((folder / "card.json").read_text())["k"]
    return LogitHead(tensors[f"k{k}"], k)
