"""Loads saved heads of either kind."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from superficial.heads.black_box import BlackBoxHead
from superficial.heads.files import INSPECTION, TENSORS, read_card, read_inspection
from superficial.heads.residual import ResidualHead
from superficial.tensors import read_tensors

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Head = ResidualHead | BlackBoxHead


def load_head(folder: Path, model: PreTrainedModel | None = None, tokenizer: Any | None = None) -> Head:
    """Load a saved head; with a model and its tokenizer, refuse a head that was made for another.

    A residual head needs the very model it was made for, a black-box head only its vocabulary.

    Raises:
        ValueError: if the folder has no head that can be read, or the head was made for another model.
    """
    card, tensors = read_card(folder), _read_matrices(folder)
    inspection = read_inspection(folder) if (folder / INSPECTION).is_file() else None
    alpha = _strength(folder, card)
    head: Head
    if "delta" in tensors:
        head = ResidualHead(tensors["delta"], alpha, card, inspection)
    elif f"k{card.get('k')}" in tensors:
        head = BlackBoxHead(tensors[f"k{card['k']}"], int(card["k"]), alpha, card, inspection)
    else:
        raise ValueError(
            f"The card in {folder} names k {card.get('k')!r}; the head has {', '.join(tensors) or 'none'}."
        )
    if model is not None:
        head.check_made_for(model, tokenizer)
    return head


def load_every_k(folder: Path) -> list[BlackBoxHead]:
    """Load the black-box heads of every k that a folder contains, the smallest k first, at strength 1."""
    weights = {int(name[1:]): weight for name, weight in _read_matrices(folder).items()}
    return [BlackBoxHead(weights[k], k) for k in sorted(weights)]


def _read_matrices(folder: Path) -> dict[str, Tensor]:
    path = folder / TENSORS
    tensors = read_tensors(path)
    for name, tensor in tensors.items():
        if tensor.dim() != 2 or not tensor.is_floating_point():
            raise ValueError(f"{path} is not a head: {name} is {tensor.dtype} {tuple(tensor.shape)}, not a matrix.")
        if not re.fullmatch(r"delta|k[1-9]\d*", name):
            raise ValueError(f"{path} is not a head: it has a tensor {name!r}; heads have delta, or k and a number.")
        if name != "delta" and (tensor.shape[0] != tensor.shape[1] or int(name[1:]) > len(tensor)):
            raise ValueError(f"{path} is not a head: {name} is {tuple(tensor.shape)}, W_trans is (vocab, vocab).")
    return tensors


def _strength(folder: Path, card: dict[str, Any]) -> float:
    alpha = card.get("alpha", 1.0)
    if type(alpha) not in (int, float) or not math.isfinite(alpha):
        raise ValueError(f"The card in {folder} has alpha {alpha!r}; a strength is a finite number.")
    return float(alpha)
