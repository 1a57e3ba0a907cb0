"""Extracts a head for any two causal language models of one vocabulary and any prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import torch

from superficial.config.distillation import BlackBoxSettings, DistillationSettings
from superficial.distillation.heads import (
    DEFAULT_BLACK_BOX_SETTINGS,
    DEFAULT_RESIDUAL_SETTINGS,
    train_black_box_heads,
    train_residual_head,
)
from superficial.heads.files import DEFAULT_LICENCE, refuse_existing, versions
from superficial.heads.inspection import inspect_head
from superficial.heads.loading import Head
from superficial.models.pair import ModelPair
from superficial.pair_prompts import PairPrompts, pair_prompts, prompts_of_card
from superficial.progress import progress
from superficial.prompt_files import read_prompts
from superficial.traces.output_head import Pair
from superficial.traces.splits import split_by_prompt
from superficial.traces.token_text import readable_text
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_prompts

if TYPE_CHECKING:
    from transformers import PreTrainedModel

VALIDATION_SHARE = 0.1
# How many matrices of the size of W_trans are in memory while it is trained: itself, its gradient, Adam's two moments,
# and the best matrix so far.
_MATRICES = 5


def extract(
    base: PreTrainedModel,
    aligned: PreTrainedModel,
    tokenizer: Any,
    prompts: Sequence[str],
    aligned_tokenizer: Any | None = None,
    k: int | None = None,
    settings: DistillationSettings | BlackBoxSettings | None = None,
    seed: int = 0,
    max_new_tokens: int = 128,
    batch_size: int = 16,
    licence: str | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Head:
    """Extract the superficial knowledge in an alignment (section 2.2; with `k`, section 3.1).

    The base reads each prompt as plain text, the aligned model as a user's turn if its tokenizer has a chat
    template. A tenth of the prompts, drawn by the seed, only validates. The head is trained on the device of the base's
    output head.

    Args:
        base: the base model.
        aligned: the aligned model.
        tokenizer: the base's tokenizer.
        prompts: at least two different texts.
        aligned_tokenizer: the aligned model's tokenizer, if its chat template or end token differs.
        k: how many of the base's largest logits a black-box head reads; None: a residual head.
        settings: how the head is trained; None: the defaults of `distillation.heads`.
        seed: of the validation prompts, and of the positions that training draws or shuffles.
        max_new_tokens: the longest response, in tokens.
        batch_size: prompts per batch.
        licence: the head's licence, for its card.
        advance: called with the number of finished prompts after each batch of responses.

    Returns:
        The head with its card, and an inspection of what it changes on the validation prompts.

    Raises:
        ValueError: if the vocabularies differ, the prompts cannot be read (see `pair_prompts`), a model changes its
            logits after the output head, `k` exceeds the vocabulary, or W_trans exceeds the memory.

    Example:
        >>> head = extract(base, aligned, tokenizer, prompts, max_new_tokens=8)
        >>> head.card["validation_kl_after"] < head.card["validation_kl_before"]
        True
        >>> head.save(folder / "head")
        >>> load_head(folder / "head", base, tokenizer).card["prompts"]["count"] == len(prompts)
        True
    """
    models = ModelPair(base, aligned, tokenizer, aligned_tokenizer or tokenizer)
    end_tokens = models.end_tokens
    read = pair_prompts(tokenizer, models.aligned_tokenizer, prompts, end_tokens)
    pair = models.output_heads
    settings = _settings(k, settings)
    _check_size(pair, k, settings)
    traced = trace_prompts(
        base,
        aligned,
        read.base,
        read.aligned,
        end_tokens,
        max_new_tokens,
        batch_size,
        advance,
    )
    return learn_head(models, read, Trace.concatenate(list(traced)), k, settings, seed, licence)


def learn_head(
    models: ModelPair,
    read: PairPrompts,
    trace: Trace,
    k: int | None,
    settings: DistillationSettings | BlackBoxSettings,
    seed: int,
    licence: str | None,
) -> Head:
    """Learn a head from traces of both models over the responses to some prompts; see `extract`.

    Args:
        models: the pair.
        read: the prompts.
        trace: of both models over the responses to all of these prompts, which it numbers from 0.
        k: how many of the base's largest logits a black-box head reads; None: a residual head.
        settings: how the head is trained.
        seed: of the validation prompts, and of the positions that training draws or shuffles.
        licence: the head's licence, for its card.
    """
    pair = models.output_heads
    train, validation = split_by_prompt(trace, VALIDATION_SHARE, seed)
    head: Head
    if isinstance(settings, DistillationSettings):
        head = train_residual_head(pair, train, validation, settings, [seed])
    else:
        assert k is not None, "only a black-box head has these settings"
        (head,) = train_black_box_heads(pair, train, validation, settings, [k], seed)
    card = (
        head.card
        | models.identities()
        | {"prompts": prompts_of_card(read), "licence": licence or DEFAULT_LICENCE, **versions()}
    )
    inspection = inspect_head(head.to(pair.device), pair, validation, readable_text(models.tokenizer))
    return replace(head, card=card, inspection=inspection)


def extract_from_checkpoints(
    base: str,
    aligned: str,
    prompts: Path,
    out: Path,
    k: int | None,
    settings: DistillationSettings | BlackBoxSettings | None,
    seed: int,
    max_new_tokens: int,
    licence: str | None,
) -> Head:
    """Extract a head from two saved models, see `extract`, and save it.

    Args:
        base: a checkpoint's folder, or the id of a model of the hub.
        aligned: the aligned model, likewise.
        prompts: a file of prompts, see `read_prompts`.
        out: the head's new folder.
        k: how many of the base's largest logits a black-box head reads; None: a residual head.
        settings: how the head is trained; None: the defaults of `distillation.heads`.
        seed: of the validation prompts, and of the positions that training draws or shuffles.
        max_new_tokens: the longest response, in tokens.
        licence: the head's licence, for its card.

    Raises:
        ValueError: if `out` exists, a file is missing or cannot be read, or the two models are not a pair; all of it
            before anything long begins.
    """
    refuse_existing(out)
    texts = read_prompts(prompts)
    models = ModelPair.load(base, aligned, texts)
    count = len(pair_prompts(models.tokenizer, models.aligned_tokenizer, texts).texts)
    with progress("responses of the aligned model", count) as advance:
        head = extract(
            models.base,
            models.aligned,
            models.tokenizer,
            texts,
            models.aligned_tokenizer,
            k,
            settings,
            seed,
            max_new_tokens,
            licence=licence,
            advance=advance,
        )
    head.save(out)
    return head


def _settings(
    k: int | None, settings: DistillationSettings | BlackBoxSettings | None
) -> DistillationSettings | BlackBoxSettings:
    if settings is None:
        return DEFAULT_RESIDUAL_SETTINGS if k is None else DEFAULT_BLACK_BOX_SETTINGS
    kind, expected = ("residual", DistillationSettings) if k is None else ("black-box", BlackBoxSettings)
    if not isinstance(settings, expected):
        raise ValueError(f"A {kind} head is trained with {expected.__name__}, not with {type(settings).__name__}.")
    return settings


def _check_size(pair: Pair, k: int | None, settings: DistillationSettings | BlackBoxSettings) -> None:
    sizes = len(pair.base.weight), len(pair.aligned.weight)
    if sizes[0] != sizes[1]:
        raise ValueError(f"The output heads have {sizes[0]} rows (base) and {sizes[1]} (aligned); one must fit both.")
    if k is None or isinstance(settings, DistillationSettings):
        return
    if not 1 <= k <= sizes[0]:
        raise ValueError(f"k is {k}; it must be between 1 and the {sizes[0]} tokens of the vocabulary.")
    side = settings.largest_side(sizes[0])
    needed = _MATRICES * 4 * side**2 / 1e9
    on_gpu = pair.device.type == "cuda"
    free = (torch.cuda.mem_get_info(pair.device)[0] if on_gpu else psutil.virtual_memory().available) / 1e9
    if needed > free:
        raise ValueError(
            f"A black-box head with a W_trans of {side} rows and columns needs up to {needed:.1f} GB to train, and "
            f"{free:.1f} GB are free; a smaller token_limit needs less, a residual head, without k, little."
        )
