"""Superficial knowledge as something that is saved, loaded and put to use: dW in the head, or W_trans on logits."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.distillation.black_box import add_knowledge
from superficial.heads.files import INSPECTION, TENSORS, new_folder, read_card, read_inspection, write_head
from superficial.heads.merging import factors, merge, merged, save_lora
from superficial.models.identity import vocabulary_fingerprint, weights_fingerprint
from superficial.tensors import read_tensors

if TYPE_CHECKING:
    from transformers import LogitsProcessor, PreTrainedModel

# What is no longer true of a head at another strength or rank.
_MEASURED = ("validation_kl", "validation_kl_after", "best_validation_kl_by_seed", "best_validation_kl_by_k")


@dataclass(frozen=True, eq=False)
class ResidualHead:
    """alpha dW, dW (vocab, width) of section 2.2; it belongs to one base model.

    Args:
        delta: dW.
        alpha: its strength; 1 is as learned, 0 the base.
        card: what the head is and how it was made, as in card.json.
        inspection: what it changes, as in inspect.json; empty where that is not known.

    Example:
        >>> with head.attached(base):
        ...     changed = base.generate(**question, max_new_tokens=4, do_sample=False)
        >>> merged = copy.deepcopy(base)
        >>> processors = head.at(0.5).attach(merged)
        >>> merged.save_pretrained(folder / "merged")
        >>> head.truncated(2).save_lora(base, folder / "adapter")
    """

    delta: Float[Tensor, "vocab width"]
    alpha: float = 1.0
    card: dict[str, Any] = field(default_factory=dict)
    inspection: dict[str, Any] = field(default_factory=dict)

    def at(self, alpha: float) -> ResidualHead:
        """Return this head at another strength."""
        return replace(self, alpha=alpha, card=_unmeasured(self.card), inspection={})

    def truncated(self, rank: int) -> ResidualHead:
        """Return the head of this rank that is nearest to this one.

        Raises:
            ValueError: where the rank is not between 1 and the smaller side of dW.
        """
        left, right = factors(self.delta, rank)
        return replace(self, delta=left @ right, card=_unmeasured(self.card) | {"rank": rank}, inspection={})

    def to(self, device: torch.device | str) -> ResidualHead:
        """Return this head on another device."""
        return replace(self, delta=self.delta.to(device))

    def student(
        self, hidden: Float[Tensor, "position width"], logits: Float[Tensor, "position vocab"]
    ) -> Float[Tensor, "position vocab"]:
        """Return the logits of the base with this head, from the base's hidden states and logits."""
        return logits + self.alpha * (hidden.to(self.delta) @ self.delta.T)

    @contextmanager
    def attached(self, model: PreTrainedModel) -> Iterator[list[LogitsProcessor]]:
        """Have the head in a model while the block lasts; afterwards the model is as before, to the bit.

        Yields:
            An empty list: no processor is needed to generate.

        Raises:
            ValueError: where dW has not the shape of the model's head.
        """
        with merged(model, self.delta, self.alpha):
            yield []

    def attach(self, model: PreTrainedModel) -> list[LogitsProcessor]:
        """Add the head to a model for good, in place: what `save_pretrained` then writes is an ordinary checkpoint.

        Returns:
            An empty list: no processor is needed to generate.

        Raises:
            ValueError: where dW has not the shape of the model's head.
        """
        merge(model, self.delta, self.alpha)
        return []

    def check(self, model: PreTrainedModel, tokenizer: Any) -> None:
        """Check that the head was made for this model.

        Raises:
            ValueError: where the card names another model, or none; it names both.
        """
        made_for, found = self.card.get("base", {}), weights_fingerprint(model)
        if made_for.get("weights") != found:
            raise ValueError(_mismatch("weights", made_for, model, found))

    def save(self, folder: Path) -> None:
        """Write the head as a folder that `load_head` reads.

        Raises:
            ValueError: where the folder exists.
        """
        card = self.card | {"kind": "residual", "alpha": self.alpha}
        with new_folder(folder) as path:
            write_head(path, {"delta": self.delta}, card, self.inspection)

    def save_lora(self, model: PreTrainedModel, folder: Path, rank: int | None = None) -> None:
        """Write alpha dW as a LoRA adapter of the model's output head, as `peft.PeftModel.from_pretrained` reads it.

        Args:
            model: the model it will be used with.
            folder: where to.
            rank: that of the adapter; None: of dW, or of its truncation.

        Raises:
            ValueError: where the folder exists, or the rank is not possible.
        """
        head = model.get_output_embeddings()
        module = next(name for name, part in model.named_modules() if part is head)
        left, right = factors(self.alpha * self.delta, rank or self.card.get("rank") or min(self.delta.shape))
        with new_folder(folder) as path:
            save_lora(path, module, left, right, self.card.get("base", {}).get("name"))


@dataclass(frozen=True, eq=False)
class LogitHead:
    """W_trans (vocab, vocab), k and strength alpha of section 3.1; fits any model with the vocabulary.

    Args:
        weight: W_trans.
        k: how many of the base's largest logits it reads.
        alpha: its strength; 1 is as learned, 0 the base.
        card: what the head is and how it was made, as in card.json.
        inspection: what it changes, as in inspect.json; empty where that is not known.

    Example:
        >>> with logit_head.at(0.5).attached(base) as processors:
        ...     answer = base.generate(**question, max_new_tokens=4, do_sample=False, logits_processor=processors)
    """

    weight: Float[Tensor, "vocab vocab"]
    k: int
    alpha: float = 1.0
    card: dict[str, Any] = field(default_factory=dict)
    inspection: dict[str, Any] = field(default_factory=dict)

    def at(self, alpha: float) -> LogitHead:
        """Return this head at another strength."""
        return replace(self, alpha=alpha, card=_unmeasured(self.card), inspection={})

    def to(self, device: torch.device | str) -> LogitHead:
        """Return this head on another device."""
        return replace(self, weight=self.weight.to(device))

    def student(
        self, hidden: Float[Tensor, "position width"] | None, logits: Float[Tensor, "position vocab"]
    ) -> Float[Tensor, "position vocab"]:
        """Return the logits of the base with this knowledge, from the base's logits alone."""
        return add_knowledge(logits, self.weight, self.k, self.alpha)

    def attach(self, model: PreTrainedModel) -> list[LogitsProcessor]:
        """Return the processor to generate with; the model itself is not touched.

        `generate` applies a repetition penalty, a minimum length and other settings of its own before it: the head then
        reads logits that these have changed. Temperature, top-k and top-p come after it.

        Raises:
            ValueError: where the model has another vocabulary.
        """
        if model.config.vocab_size != len(self.weight):
            raise ValueError(
                f"This knowledge is of {len(self.weight)} tokens, the model has {model.config.vocab_size}."
            )
        # Learning and measuring heads needs no transformers, whose import takes seconds.
        from superficial.models.generation import ChangedLogits

        placed = self.to(model.device)
        return [ChangedLogits(lambda logits: placed.student(None, logits))]

    @contextmanager
    def attached(self, model: PreTrainedModel) -> Iterator[list[LogitsProcessor]]:
        """Yield what `attach` returns, as a residual head's `attached` does."""
        yield self.attach(model)

    def check(self, model: PreTrainedModel, tokenizer: Any) -> None:
        """Check that the head was made for a model of this vocabulary.

        Raises:
            ValueError: where the card names another vocabulary, or none; it names both models.
        """
        made_for, found = self.card.get("base", {}), vocabulary_fingerprint(tokenizer)
        if made_for.get("vocabulary") != found:
            raise ValueError(_mismatch("vocabulary", made_for, model, found))

    def save(self, folder: Path) -> None:
        """Write the head as a folder that `load_head` reads.

        Raises:
            ValueError: where the folder exists.
        """
        card = self.card | {"kind": "logit", "k": self.k, "alpha": self.alpha}
        with new_folder(folder) as path:
            write_head(path, {f"k{self.k}": self.weight}, card, self.inspection)


def load_head(
    folder: Path, model: PreTrainedModel | None = None, tokenizer: Any | None = None
) -> ResidualHead | LogitHead:
    """Load a saved head; with a model and its tokenizer, refuse one that was made for another.

    A residual head needs the very model it was made for, black-box knowledge only its vocabulary.

    Raises:
        ValueError: where the folder holds no head that can be read, or the head was made for another model.
    """
    card, tensors = read_card(folder), _tensors(folder)
    inspection = read_inspection(folder) if (folder / INSPECTION).is_file() else {}
    head: ResidualHead | LogitHead
    if "delta" in tensors:
        head = ResidualHead(tensors["delta"], _strength(folder, card), card, inspection)
    elif f"k{card.get('k')}" in tensors:
        head = LogitHead(tensors[f"k{card['k']}"], int(card["k"]), _strength(folder, card), card, inspection)
    else:
        raise ValueError(f"The card in {folder} says k {card.get('k')!r}; the head has {', '.join(tensors) or 'none'}.")
    if model is not None:
        head.check(model, tokenizer)
    return head


def load_logit_heads(folder: Path) -> list[LogitHead]:
    """Load the black-box heads of every k that a folder holds, the smallest k first, at strength 1."""
    found = {int(name[1:]): weight for name, weight in _tensors(folder).items()}
    return [LogitHead(found[k], k) for k in sorted(found)]


def _tensors(folder: Path) -> dict[str, Tensor]:
    path = folder / TENSORS
    tensors = read_tensors(path)
    for name, tensor in tensors.items():
        if tensor.dim() != 2 or not tensor.is_floating_point():
            raise ValueError(f"{path} is no head: {name} is {tensor.dtype} {tuple(tensor.shape)}, not a matrix.")
        if not re.fullmatch(r"delta|k[1-9]\d*", name):
            raise ValueError(f"{path} is no head: it has a tensor {name!r}; heads have delta or k and a number.")
        if name != "delta" and (tensor.shape[0] != tensor.shape[1] or int(name[1:]) > len(tensor)):
            raise ValueError(f"{path} is no head: {name} is {tuple(tensor.shape)}, W_trans is (vocab, vocab).")
    return tensors


def _strength(folder: Path, card: dict[str, Any]) -> float:
    alpha = card.get("alpha", 1.0)
    if type(alpha) not in (int, float) or not math.isfinite(alpha):
        raise ValueError(f"The card in {folder} says alpha {alpha!r}; a strength is a finite number.")
    return float(alpha)


def _unmeasured(card: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in card.items() if name not in _MEASURED}


def _mismatch(what: str, made_for: dict[str, Any], model: PreTrainedModel, found: str) -> str:
    known = (
        f"{made_for.get('name')} ({what} {str(made_for.get(what))[:16]})" if made_for else "a model it does not name"
    )
    return f"This head was made for {known}, and this is {model.name_or_path or 'another'} ({what} {found[:16]})."
