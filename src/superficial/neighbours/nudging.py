"""Nudging (Fei et al., "Nudging: Inference-time Alignment of LLMs via Guided Decoding", ACL 2025).

Where a base is unsure, the token of a small aligned model is taken instead: alignment changes mostly such tokens.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from superficial.neighbours.in_step import Choice


def nudged(threshold: float) -> Choice:
    """Return the choice of the base's token where its probability reaches a threshold, else of the nudger's."""

    def choose(logits: list[Float[Tensor, "row vocab"]]) -> Int[Tensor, " row"]:
        own, nudger = logits
        probability, token = own.softmax(-1).max(-1)
        return torch.where(probability < threshold, nudger.argmax(-1), token)

    return choose
