"""The prompts of an extraction as both models read them: the base plain text, the aligned model a user's turn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from superficial.chat_templates import check_chat_template, name_of, render_turn
from superficial.models.identity import digest
from superficial.prompt_files import check_unicode
from superficial.prompt_tokens import check_prompt, text_tokens, turn_tokens

# So many that two of millions of prompts hardly ever share them.
_DIGITS = 16


@dataclass(frozen=True)
class PairPrompts:
    """The different prompts of an extraction.

    `texts`: as they were given. `turns`: as texts that the aligned model reads. `base` and `aligned`: the token ids
    that each model reads.
    """

    texts: list[str]
    turns: list[str]
    base: list[list[int]]
    aligned: list[list[int]]

    def select(self, numbers: Sequence[int]) -> PairPrompts:
        """Return some of the prompts, in the order of their numbers as given."""
        return PairPrompts(
            [self.texts[number] for number in numbers],
            [self.turns[number] for number in numbers],
            [self.base[number] for number in numbers],
            [self.aligned[number] for number in numbers],
        )

    def digests(self) -> list[str]:
        """Return of each prompt what a card records of it: the beginning of the SHA-256 of its turn."""
        return [digest(turn)[:_DIGITS] for turn in self.turns]


def prompts_of_card(read: PairPrompts) -> dict[str, Any]:
    """Return what a head's card records of the prompts that it was learned from, validation prompts included.

    `each` lets a program tell of any prompt whether the head has seen it, without the prompts themselves.
    """
    return {
        "count": len(read.texts),
        "sha256": digest(read.texts),
        "turns_sha256": digest(read.turns),
        "each": sorted(read.digests()),
    }


def pair_prompts(
    tokenizer: Any, aligned_tokenizer: Any, prompts: Sequence[str], end_tokens: Collection[int] = ()
) -> PairPrompts:
    """Return prompts as both models read them, each different one once.

    The aligned model reads a user's turn if its tokenizer has a chat template, else plain text. Prompts that differ
    in white space at their ends alone may be one turn; they count once.

    Args:
        tokenizer: the base's tokenizer.
        aligned_tokenizer: the aligned model's tokenizer.
        prompts: texts.
        end_tokens: what ends a response, beside the end tokens of the tokenizers.

    Raises:
        ValueError: if a prompt is not a text, has no tokens or ends in an end token, if the chat template is not
            usable or writes different prompts alike, or if there are fewer than two different prompts.
    """
    in_turns = bool(aligned_tokenizer.chat_template)
    if in_turns:
        check_chat_template(aligned_tokenizer)
    text_of: dict[str, str] = {}
    for number, text in enumerate(prompts, 1):
        if not isinstance(text, str):
            raise ValueError(f"Prompt {number} is {repr(text)[:60]}; it must be a text.")
        check_unicode(text, f"Prompt {number}")
        first = text_of.setdefault(render_turn(aligned_tokenizer, text) if in_turns else text, text)
        if first.strip() != text.strip():
            raise ValueError(
                f"The chat template of {name_of(aligned_tokenizer)} writes one turn for two different prompts, "
                f"{repr(first)[:60]} and {repr(text)[:60]}."
            )
    if len(text_of) < 2:
        raise ValueError(
            f"There are {len(text_of)} different prompts; at least two are needed, one of them to validate."
        )
    turns, texts = list(text_of), list(text_of.values())
    read_by_aligned = turn_tokens if in_turns else text_tokens
    base = [text_tokens(tokenizer, text) for text in texts]
    aligned = [read_by_aligned(aligned_tokenizer, text) for text in texts]
    for model_tokenizer, tokens in ((tokenizer, base), (aligned_tokenizer, aligned)):
        ends = {*end_tokens, model_tokenizer.eos_token_id}
        for text, ids in zip(texts, tokens, strict=True):
            check_prompt(ids, text, ends)
    return PairPrompts(texts, turns, base, aligned)
