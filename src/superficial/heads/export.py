"""A saved residual head and its base as files that need nothing of this package: a checkpoint, or a LoRA adapter."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superficial.heads.files import CARD, new_folder, read_card, refuse_existing
from superficial.heads.finite import check_strength
from superficial.heads.loading import load_head
from superficial.heads.residual import ResidualHead
from superficial.models.hub import checkpoint_folder
from superficial.models.loading import load_model

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# The head's card, beside a merged checkpoint.
CARD_OF_MERGED = "superficial-card.json"


def export_checkpoint(base: str, head: Path, out: Path, alpha: float | None = None) -> None:
    """Write the base with a head merged into it as a checkpoint, with its tokenizer and chat template.

    Args:
        base: a checkpoint's folder, or the id of a model of the hub; the merged checkpoint has its dtype.
        head: a saved residual head.
        out: a new folder.
        alpha: the strength; None: the head's own.

    Raises:
        ValueError: if `out` exists, the head is a black-box head or was made for another model, or one of them
            cannot be read.
    """
    refuse_existing(out)
    model, tokenizer, residual = _load(base, head, alpha)
    residual.merge_into(model)
    with new_folder(out) as path:
        model.save_pretrained(path)
        tokenizer.save_pretrained(path)
        shutil.copyfile(head / CARD, path / CARD_OF_MERGED)


def export_lora(base: str, head: Path, out: Path, rank: int, alpha: float | None = None) -> None:
    """Write a head as a LoRA adapter of this rank; the arguments and errors are those of `export_checkpoint`."""
    refuse_existing(out)
    model, _, residual = _load(base, head, alpha)
    residual.save_lora(model, out, rank)


def _load(base: str, head: Path, alpha: float | None) -> tuple[PreTrainedModel, Any, ResidualHead]:
    if alpha is not None:
        check_strength(alpha)
    if read_card(head).get("kind") != "residual":
        raise ValueError(f"{head} is not a residual head: a black-box head reads logits and cannot be merged.")
    model, tokenizer = load_model(checkpoint_folder(base), as_stored=True)
    residual = load_head(head, model, tokenizer)
    assert isinstance(residual, ResidualHead), "the card says so"
    return model, tokenizer, residual if alpha is None else residual.with_strength(alpha)
