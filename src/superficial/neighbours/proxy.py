"""Proxy tuning (Liu et al., "Tuning Language Models by Proxy", COLM 2024): a model steered by two small ones.

Its next-token logits are l + (l_a - l_b), with a small aligned model a and its base b. A black-box head models the same
difference from l alone, without running two more models; so proxy tuning is what such a head approximates.
"""

from __future__ import annotations

from jaxtyping import Float, Int
from torch import Tensor


def proxy_tuned(logits: list[Float[Tensor, "row vocab"]]) -> Int[Tensor, " row"]:
    """Return the largest of l + (l_a - l_b).

    Args:
        logits: of the model, of the small aligned model, and of its base.
    """
    own, expert, anti_expert = logits
    return (own + expert - anti_expert).argmax(-1)
