"""Merges a saved head into a saved model: an ordinary checkpoint, or a LoRA adapter, that needs nothing of ours."""

from __future__ import annotations

import shutil
from pathlib import Path

from superficial.knowledge.head_files import CARD, new_folder, read_card, refuse_existing
from superficial.knowledge.heads import ResidualHead, load_head
from superficial.models.loading import load_model
from superficial.models.sources import checkpoint_folder

# The head's card, beside a merged checkpoint.
CARD_OF_MERGED = "superficial-card.json"


def apply_head(base: str, head: Path, out: Path, alpha: float | None = None, lora_rank: int | None = None) -> None:
    """Write the base with a head merged into it as a checkpoint, tokenizer and chat template included.

    Args:
        base: a checkpoint's folder, or the id of a model of the hub; it keeps its dtype.
        head: a saved residual head.
        out: the new folder.
        alpha: the strength; None: the head's own.
        lora_rank: write the head as a LoRA adapter of this rank instead, for the base as it is.

    Raises:
        ValueError: where `out` exists, the head is black-box knowledge or was made for another model, or one of them
            cannot be read.
    """
    refuse_existing(out)
    if read_card(head).get("kind") != "residual":
        raise ValueError(f"{head} is no residual head: black-box knowledge reads logits and can not be merged.")
    model, tokenizer = load_model(checkpoint_folder(base), dtype="auto")
    found = load_head(head, model, tokenizer)
    assert isinstance(found, ResidualHead), "the card said so"
    strong = found if alpha is None else found.at(alpha)
    if lora_rank is not None:
        strong.save_lora(model, out, lora_rank)
        return
    strong.attach(model)
    with new_folder(out) as path:
        model.save_pretrained(path)
        tokenizer.save_pretrained(path)
        shutil.copyfile(head / CARD, path / CARD_OF_MERGED)
