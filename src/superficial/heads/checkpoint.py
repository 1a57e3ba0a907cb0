"""From saved models to a saved head, and from both to a merged checkpoint or a LoRA adapter that needs nothing of ours.

A model is a checkpoint's folder, or the id of a model of the hub.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from superficial.distillation.residual import DistillationSettings
from superficial.heads.extraction import extract
from superficial.heads.files import CARD, new_folder, read_card, refuse_existing
from superficial.heads.head import LogitHead, ResidualHead, load_head
from superficial.models.checks import check_same_vocabulary
from superficial.models.hub import checkpoint_folder
from superficial.models.loading import load_model, load_tokenizer
from superficial.progress import progress
from superficial.prompt_files import read_prompts

# The head's card, beside a merged checkpoint.
CARD_OF_MERGED = "superficial-card.json"


def extract_head(
    base: str,
    aligned: str,
    prompts: Path,
    out: Path,
    k: int | None,
    settings: DistillationSettings,
    max_new_tokens: int,
    licence: str | None,
) -> ResidualHead | LogitHead:
    """Extract a head from two saved models and save it; see `extract`.

    Args:
        base: the base model.
        aligned: the aligned model.
        prompts: a file of prompts, see `read_prompts`.
        out: the head's new folder.
        k: how many logits black-box knowledge reads; None: a residual head.
        settings: how it is learned.
        max_new_tokens: the longest response, in tokens.
        licence: what the card says of the licence.

    Raises:
        ValueError: where `out` exists, a file is missing or cannot be read, or the two models are no pair; all of it
            before anything long begins.
    """
    refuse_existing(out)
    asked = read_prompts(prompts)
    folders = [checkpoint_folder(model) for model in (base, aligned)]
    check_same_vocabulary(*map(load_tokenizer, folders))
    (first, tokenizer), (second, aligned_tokenizer) = map(load_model, folders)
    with progress("asking the aligned model", len(set(asked))) as advance:
        head = extract(
            first,
            second,
            tokenizer,
            asked,
            aligned_tokenizer,
            k,
            settings,
            max_new_tokens,
            licence=licence,
            advance=advance,
        )
    head.save(out)
    return head


def apply_head(base: str, head: Path, out: Path, alpha: float | None = None, lora_rank: int | None = None) -> None:
    """Write the base with a head merged into it as a checkpoint, tokenizer and chat template included.

    Args:
        base: the base model; it keeps its dtype.
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
    model, tokenizer = load_model(checkpoint_folder(base), as_stored=True)
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
