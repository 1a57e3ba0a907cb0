"""Black-box heads: W_trans on the base's k largest logits (section 3.1).

l_a - l_b is modelled as W_trans topk(l_b). No hidden states are needed, so a head can be applied to any model of the
same vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.heads.card import check_base, without_measurements
from superficial.heads.files import Inspection, new_folder, write_head
from superficial.heads.finite import check_finite_head
from superficial.heads.model_card import write_model_card
from superficial.heads.restriction import Restriction
from superficial.models.identity import vocabulary_fingerprint

if TYPE_CHECKING:
    from transformers import LogitsProcessor, PreTrainedModel


def top_k(logits: Float[Tensor, "position vocab"], k: int) -> Float[Tensor, "position vocab"]:
    """Keep the k largest logits of each row and set the others to 0, as the paper does.

    Logits are only defined up to a constant, and what 0 means depends on it. Our convention: logits are measured from
    the largest one that is masked (if none is masked, from the smallest). So no masked token stands above a kept
    one, a token that enters the k largest does so from 0, and adding a constant to all logits changes nothing.
    A token that is ruled out (-inf) is never kept.

    Raises:
        ValueError: if k is not between 1 and the size of the vocabulary.
    """
    vocabulary = logits.shape[-1]
    if not 1 <= k <= vocabulary:
        raise ValueError(f"k is {k}; it must be between 1 and the {vocabulary} tokens of the vocabulary.")
    largest = logits.topk(min(k + 1, vocabulary), dim=-1).values
    zero = largest.masked_fill(largest.isneginf(), math.inf).amin(-1, keepdim=True)
    return (logits - zero).clamp(min=0)


@dataclass(frozen=True, eq=False)
class BlackBoxHead:
    """A black-box head: the student's logits are l_b + alpha W_trans topk(l_b). It fits any model of its vocabulary.

    Attributes:
        weight: the rows and columns of W_trans that are not 0.
        k: how many of the base's largest logits it reads.
        restriction: the tokens that these rows and columns belong to.
        alpha: its strength; 1 is as trained, 0 is the base.
        card: what the head is and how it was made, the content of card.json.
        inspection: what it changes, the content of inspect.json; None if that was not measured.

    Example:
        >>> processor = black_box_head.with_strength(0.5).logits_processor()
        >>> output = base.generate(**inputs, max_new_tokens=4, do_sample=False, logits_processor=[processor])
    """

    weight: Float[Tensor, "row column"]
    k: int
    restriction: Restriction
    alpha: float = 1.0
    card: dict[str, Any] = field(default_factory=dict)
    inspection: Inspection | None = None

    def __post_init__(self) -> None:
        """Check that W_trans and alpha W_trans are finite."""
        check_finite_head(self.weight, self.alpha)

    @classmethod
    def dense(cls, weight: Float[Tensor, "vocab vocab"], k: int, alpha: float = 1.0) -> BlackBoxHead:
        """Return the head of a W_trans that has all rows and columns."""
        return cls(weight, k, Restriction.none(len(weight)).to(weight.device), alpha)

    @property
    def kind(self) -> Literal["black-box"]:
        """Return the word for this kind of head in cards and messages."""
        return "black-box"

    @property
    def matrix(self) -> Float[Tensor, "row column"]:
        """Return the rows and columns of alpha W_trans that are not 0."""
        return self.alpha * self.weight

    def with_strength(self, alpha: float) -> BlackBoxHead:
        """Return this head at another strength.

        Raises:
            ValueError: if alpha or alpha W_trans is not finite.
        """
        return replace(self, alpha=alpha, card=without_measurements(self.card), inspection=None)

    def used_at(self, k: int) -> BlackBoxHead:
        """Return this head reading another number of the base's largest logits than it was trained with."""
        return replace(self, k=k, card=self.card | {"k": k, "trained_k": self.k}, inspection=None)

    def to(self, device: torch.device | str) -> BlackBoxHead:
        """Return this head on another device."""
        return replace(self, weight=self.weight.to(device), restriction=self.restriction.to(device))

    def student_logits(
        self, hidden: Float[Tensor, "position width"] | None, logits: Float[Tensor, "position vocab"]
    ) -> Float[Tensor, "position vocab"]:
        """Return l_b + alpha W_trans topk(l_b) from the base's logits; hidden states are not read."""
        read = self.restriction.select_columns(top_k(logits, self.k))
        return self.restriction.add_to_rows(logits, self.alpha * read @ self.weight.T)

    def logits_processor(self) -> LogitsProcessor:
        """Return a processor for `model.generate`; the model is not changed.

        The head must be on the model's device: `head.to(model.device)`. `generate` applies a repetition penalty, a
        minimum length and similar settings before it, so the head reads logits that these have changed; temperature,
        top-k and top-p come after it.

        The processor raises a ValueError if the model has another vocabulary.
        """
        # Training and measuring heads needs no transformers, which take seconds to import.
        from superficial.models.generation import ChangedLogits

        def change(logits: Tensor) -> Tensor:
            self._check_vocabulary(logits.shape[-1])
            return self.student_logits(None, logits)

        return ChangedLogits(change)

    @contextmanager
    def applied_to(self, model: PreTrainedModel) -> Iterator[list[LogitsProcessor]]:
        """Yield the logits processors that make a model generate as the student does; the model is not changed.

        Raises:
            ValueError: if the model has another vocabulary.
        """
        self._check_vocabulary(len(model.get_output_embeddings().weight))
        yield [self.to(model.device).logits_processor()]

    @property
    def extra_bytes(self) -> int:
        """Return the memory needed beside a model's weights while the head is applied: for W_trans."""
        return self.weight.nbytes

    def tensors(self) -> dict[str, Tensor]:
        """Return the head as the tensors of its file."""
        masks = {f"k{self.k}.{side}": mask for side, mask in self.restriction.masks().items()}
        return {f"k{self.k}": self.weight} | masks

    def check_made_for(self, model: PreTrainedModel, tokenizer: Any) -> None:
        """Check that the head was made for a model of this vocabulary.

        Raises:
            ValueError: if the card names another vocabulary, or none; the message names both models.
        """
        check_base(self.card, {"vocabulary": vocabulary_fingerprint(tokenizer)}, model)

    def save(self, folder: Path) -> None:
        """Write the head as a folder that `load_head` reads.

        Raises:
            ValueError: if the folder exists.
        """
        card = self.card | {"kind": self.kind, "k": self.k, "alpha": self.alpha}
        with new_folder(folder) as path:
            write_head(path, self.tensors(), card, self.inspection)
            write_model_card(path, card, self.inspection)

    def _check_vocabulary(self, size: int) -> None:
        if size != (own := self.restriction.vocabulary_size):
            raise ValueError(f"This black-box head has {own} tokens, the model has {size}.")
