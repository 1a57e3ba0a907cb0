"""Superficial knowledge as something that is saved, loaded and put to use: dW in the head, or W_trans on logits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor

from superficial.knowledge.logit_head import add_knowledge
from superficial.knowledge.residual_head import merge

if TYPE_CHECKING:
    from transformers import LogitsProcessor, PreTrainedModel


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


@dataclass(frozen=True)
class LogitHead:
    """W_trans (vocab, vocab), k and strength alpha of section 3.1; fits any model with the vocabulary."""

    weight: Tensor
    k: int
    alpha: float = 1.0

    def student(
        self, hidden: Float[Tensor, "position width"] | None, logits: Float[Tensor, "position vocab"]
    ) -> Float[Tensor, "position vocab"]:
        """Return the logits of the base with this knowledge, from the base's logits alone."""
        return add_knowledge(logits, self.weight, self.k, self.alpha)

    def attach(self, model: PreTrainedModel) -> list[LogitsProcessor]:
        """Return the processor to generate with.

        Raises:
            ValueError: where the model has another vocabulary.
        """
        if model.config.vocab_size != len(self.weight):
            raise ValueError(
                f"This knowledge is of {len(self.weight)} tokens, the model has {model.config.vocab_size}."
            )
        # Learning and measuring heads needs no transformers, whose import takes seconds.
        from superficial.models.generation import ChangedLogits

        return [ChangedLogits(lambda logits: self.student(None, logits))]


def load_head(folder: Path) -> ResidualHead | LogitHead:
    """Load a head that `repro/distil.py` saved."""
    tensors = load_file(folder / "head.safetensors")
    if "delta" in tensors:
        return ResidualHead(tensors["delta"])
    card = json.loads((folder / "card.json").read_text())
    return LogitHead(tensors[f"k{card['k']}"], card["k"], card["alpha"])
