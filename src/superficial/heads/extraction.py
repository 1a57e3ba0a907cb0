"""Extracts a head for any two causal language models of one vocabulary and any prompts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

import psutil
import torch

from superficial.distillation.learning import learn_logit_heads, learn_residual_head
from superficial.distillation.residual import DistillationSettings
from superficial.heads.files import UNSAID_LICENCE
from superficial.heads.head import LogitHead, ResidualHead
from superficial.heads.inspection import inspect_head
from superficial.models.checks import check_linear_head, check_same_vocabulary
from superficial.models.generation import end_tokens_of
from superficial.models.identity import digest, identify
from superficial.traces.output_head import OutputHead
from superficial.traces.splits import split_by_prompt
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_prompts

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# For ten to some thousand prompts and any vocabulary; a validation KL that still falls at the end asks for more epochs.
RESIDUAL = DistillationSettings("adam-cosine", 3e-2, 3e-2, 20, 256, 200, None, None, 0)
LOGIT = DistillationSettings("adam-cosine", 1e-3, 1e-4, 20, 256, None, None, None, 0)
VALIDATION_SHARE = 0.1
# Of the size of W_trans, while it is learned: itself, its gradient, Adam's two moments, the best so far.
_MATRICES = 5


def extract(
    base: PreTrainedModel,
    aligned: PreTrainedModel,
    tokenizer: Any,
    prompts: Sequence[str],
    aligned_tokenizer: Any | None = None,
    k: int | None = None,
    settings: DistillationSettings | None = None,
    max_new_tokens: int = 128,
    batch_size: int = 16,
    licence: str | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> ResidualHead | LogitHead:
    """Extract the superficial knowledge in an alignment (section 2.2; with `k`, section 3.1).

    The base reads each prompt as plain text, the aligned model as a user's turn where its tokenizer has a chat
    template. A tenth of the prompts, drawn by the seed, only chooses the epoch. The head is learned where the base's
    output head is: on a GPU if that is there.

    Args:
        base: the base model.
        aligned: the aligned model.
        tokenizer: the base's tokenizer.
        prompts: what is asked, at least two different texts.
        aligned_tokenizer: the aligned model's, where it is another one: its template or end token may differ.
        k: how many logits black-box knowledge reads; None: a residual head.
        settings: how it is learned; None: `RESIDUAL` or `LOGIT` of this module.
        max_new_tokens: the longest response, in tokens.
        batch_size: prompts a batch.
        licence: what the card says of the licence.
        advance: told the number of prompts after each batch.

    Returns:
        The head, with its card, and what it changes on the validation prompts.

    Raises:
        ValueError: where the vocabularies differ, there are fewer than two prompts, a model changes its logits after
            the head, `k` is beyond the vocabulary, or W_trans beyond the memory.

    Example:
        >>> head = extract(base, aligned, tokenizer, prompts, max_new_tokens=8)
        >>> head.card["validation_kl_after"] < head.card["validation_kl_before"]
        True
        >>> head.save(folder / "head")
        >>> load_head(folder / "head", base, tokenizer).card["prompts"]["count"] == len(prompts)
        True
    """
    aligned_tokenizer = aligned_tokenizer or tokenizer
    check_same_vocabulary(tokenizer, aligned_tokenizer)
    check_linear_head(base)
    check_linear_head(aligned)
    texts = list(dict.fromkeys(prompts))
    if len(texts) < 2:
        raise ValueError(f"There are {len(texts)} different prompts; at least two are needed, one of them to validate.")
    device = base.get_output_embeddings().weight.device
    heads = OutputHead.of(base).to(device), OutputHead.of(aligned).to(device)
    sizes = [len(head.weight) for head in heads]
    if sizes[0] != sizes[1]:
        raise ValueError(f"The output heads have {sizes[0]} rows (base) and {sizes[1]} (aligned); one must fit both.")
    if k is not None and not 1 <= k <= sizes[0]:
        raise ValueError(f"k is {k}; it must be between 1 and the {sizes[0]} tokens of the vocabulary.")
    if k is not None:
        _check_memory(sizes[0], device)
    settings = settings or (RESIDUAL if k is None else LOGIT)
    parts = trace_prompts(
        base,
        aligned,
        [list(tokenizer(text)["input_ids"]) for text in texts],
        [_asked(aligned_tokenizer, text) for text in texts],
        end_tokens_of(aligned, aligned_tokenizer),
        max_new_tokens,
        batch_size,
        advance,
    )
    train, validation = split_by_prompt(_joined([trace for trace, _ in parts]), VALIDATION_SHARE, settings.seed)
    head: ResidualHead | LogitHead
    if k is None:
        head = learn_residual_head(*heads, train, validation, settings)
    else:
        (head,) = learn_logit_heads(*heads, train, validation, settings, [k])
    card = head.card | {
        "base": asdict(identify(base, tokenizer)),
        "aligned": asdict(identify(aligned, aligned_tokenizer)),
        "prompts": {"count": len(texts), "sha256": digest(texts)},
        "licence": licence or UNSAID_LICENCE,
    }
    inspection = inspect_head(head.to(device), *heads, validation, lambda number: str(tokenizer.decode([number])))
    return replace(head, card=card, inspection=inspection)


def _check_memory(vocabulary: int, device: torch.device) -> None:
    needed = _MATRICES * 4 * vocabulary**2 / 1e9
    on_card = device.type == "cuda"
    free = (torch.cuda.mem_get_info(device)[0] if on_card else psutil.virtual_memory().available) / 1e9
    if needed > free:
        raise ValueError(
            f"Black-box knowledge of {vocabulary} tokens takes {needed:.1f} GB to learn, and {free:.1f} GB are free; "
            "a residual head, without k, takes little."
        )


def _asked(tokenizer: Any, text: str) -> list[int]:
    if not tokenizer.chat_template:
        return list(tokenizer(text)["input_ids"])
    messages = [{"role": "user", "content": text}]
    return list(tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False))


def _joined(traces: list[Trace]) -> Trace:
    return Trace(**{field.name: torch.cat([getattr(trace, field.name) for trace in traces]) for field in fields(Trace)})
