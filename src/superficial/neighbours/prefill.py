"""Prefilling (Qi et al., "Safety Alignment Should Be Made More Than Just a Few Tokens Deep", ICLR 2025).

The first tokens of a response are given, and the model goes on. If a base goes on from the first tokens of a refusal as
an aligned model would, and an aligned one from those of compliance as a base would, alignment is a few tokens deep.
"""

from __future__ import annotations

from collections.abc import Sequence


def prefilled(
    prompts: Sequence[list[int]], responses: Sequence[list[int]], count: int, end_tokens: Sequence[int]
) -> tuple[list[list[int]], list[list[int]]]:
    """Return prompts that end in the first tokens of responses, and these tokens.

    Args:
        prompts: token ids of each prompt.
        responses: token ids of each response, written by another model.
        count: how many tokens of each to take, at most; never an end token.
        end_tokens: what ends a response.
    """
    ends = set(end_tokens)
    first = [[token for token in response[:count] if token not in ends] for response in responses]
    return [prompt + start for prompt, start in zip(prompts, first, strict=True)], first
