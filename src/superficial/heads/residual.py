"""Residual heads: dW on the output head of one base model (section 2.2)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.errors import Note
from superficial.heads.card import check_base, without_measurements
from superficial.heads.files import Inspection, new_folder, write_head
from superficial.heads.finite import check_finite_head, check_finite_weights
from superficial.heads.lora import TIED_HEAD, base_of_adapter, low_rank_factors, write_adapter
from superficial.heads.merging import check_only_the_head_is_tied, merge, merged_temporarily, merged_weight
from superficial.heads.model_card import write_model_card
from superficial.models.identity import weights_fingerprints

if TYPE_CHECKING:
    from transformers import LogitsProcessor, PreTrainedModel


@dataclass(frozen=True, eq=False)
class ResidualHead:
    """A residual head: the student's output head is W + alpha dW. It belongs to one base model.

    Attributes:
        delta: dW.
        alpha: its strength; 1 is as trained, 0 is the base.
        card: what the head is and how it was made, the content of card.json.
        inspection: what it changes, the content of inspect.json; None if that was not measured.

    Example:
        >>> with head.applied_to(base):
        ...     output = base.generate(**inputs, max_new_tokens=4, do_sample=False)
        >>> student = copy.deepcopy(base)
        >>> head.with_strength(0.5).merge_into(student)
        >>> student.save_pretrained(folder / "merged")
        >>> head.truncated(2).save_lora(base, folder / "adapter")
    """

    delta: Float[Tensor, "vocab width"]
    alpha: float = 1.0
    card: dict[str, Any] = field(default_factory=dict)
    inspection: Inspection | None = None

    def __post_init__(self) -> None:
        """Check that dW and alpha dW are finite."""
        check_finite_head(self.delta, self.alpha)

    @property
    def kind(self) -> Literal["residual"]:
        """Return the word for this kind of head in cards and messages."""
        return "residual"

    @property
    def matrix(self) -> Float[Tensor, "vocab width"]:
        """Return alpha dW."""
        return self.alpha * self.delta

    def with_strength(self, alpha: float) -> ResidualHead:
        """Return this head at another strength.

        Raises:
            ValueError: if alpha or alpha dW is not finite.
        """
        return replace(self, alpha=alpha, card=without_measurements(self.card), inspection=None)

    def truncated(self, rank: int) -> ResidualHead:
        """Return the nearest head of a lower rank.

        Raises:
            ValueError: if the rank is not between 1 and the smaller side of dW.
        """
        left, right = low_rank_factors(self.delta, rank)
        card = without_measurements(self.card) | {"rank": rank}
        return replace(self, delta=left @ right, card=card, inspection=None)

    def to(self, device: torch.device | str) -> ResidualHead:
        """Return this head on another device."""
        return replace(self, delta=self.delta.to(device))

    def student_logits(
        self, hidden: Float[Tensor, "position width"], logits: Float[Tensor, "position vocab"]
    ) -> Float[Tensor, "position vocab"]:
        """Return l_b + alpha dW h_b from the base's hidden states and logits."""
        return logits + self.alpha * (hidden.to(self.delta) @ self.delta.T)

    def merge_into(self, model: PreTrainedModel) -> None:
        """Add the head to a model's output head, in place: this changes the model for good.

        `model.save_pretrained` then writes an ordinary checkpoint.

        Raises:
            ValueError: if the shape of dW is not that of the model's output head, or the model could not be saved.
        """
        check_only_the_head_is_tied(model)
        merge(model, self.delta, self.alpha)

    @contextmanager
    def applied_to(self, model: PreTrainedModel) -> Iterator[list[LogitsProcessor]]:
        """Merge the head into a model while the block runs; afterwards the model is as before, to the bit.

        Yields:
            An empty list: unlike a black-box head, this kind needs no logits processors to generate.

        Raises:
            ValueError: if the shape of dW is not that of the model's output head.
        """
        with merged_temporarily(model, self.delta, self.alpha):
            yield []

    @property
    def extra_bytes(self) -> int:
        """Return the memory needed beside a model's weights while the head is applied: for the head it replaces."""
        return self.delta.nbytes

    def check_made_for(self, model: PreTrainedModel, tokenizer: Any) -> None:
        """Check that the head was made for exactly this model.

        Raises:
            ValueError: if the card names a different model, or none; the message names both.
        """
        check_base(self.card, weights_fingerprints(model), model)

    def save(self, folder: Path) -> None:
        """Write the head as a folder that `load_head` reads.

        Raises:
            ValueError: if the folder exists.
        """
        card = self.card | {"kind": self.kind, "alpha": self.alpha}
        with new_folder(folder) as path:
            write_head(path, {"delta": self.delta}, card, self.inspection)
            write_model_card(path, card, self.inspection)

    def save_lora(self, model: PreTrainedModel, folder: Path, rank: int | None = None) -> None:
        """Write alpha dW as a LoRA adapter of the model's output head, as `peft.PeftModel.from_pretrained` reads it.

        An adapter of a head that is tied to the input embeddings must not be merged by peft; a note and the adapter's
        README.md say so.

        Args:
            model: the model that the adapter is for.
            folder: a new folder.
            rank: the adapter's rank; None: the rank of dW.

        Raises:
            ValueError: if the folder exists, the rank is not possible, or the sum of head and adapter is not finite in
                the head's dtype.
        """
        output_head = model.get_output_embeddings()
        module = next(name for name, part in model.named_modules() if part is output_head)
        left, right = low_rank_factors(self.matrix, rank or self.card.get("rank") or min(self.delta.shape))
        check_finite_weights(merged_weight(output_head.weight, left @ right), self.alpha)
        is_tied = output_head.weight is model.get_input_embeddings().weight
        with new_folder(folder) as path:
            write_adapter(path, module, left, right, *base_of_adapter(model))
            if is_tied:
                (path / "README.md").write_text(f"{TIED_HEAD}\n", encoding="utf-8")
        if is_tied:
            warnings.warn(f"{folder}: {TIED_HEAD}", Note, stacklevel=2)
