"""Loads saved heads of either kind."""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from superficial.errors import Note
from superficial.heads.black_box import BlackBoxHead
from superficial.heads.files import INSPECTION, TENSORS, differing_versions, read_card, read_inspection
from superficial.heads.residual import ResidualHead
from superficial.heads.restriction import Restriction
from superficial.tensors import all_finite, read_tensors

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Head = ResidualHead | BlackBoxHead


def load_head(folder: Path, model: PreTrainedModel | None = None, tokenizer: Any | None = None) -> Head:
    """Load a saved head; with a model and its tokenizer, refuse a head that was made for another.

    A residual head needs the very model it was made for, a black-box head only its vocabulary. A note says if the head
    was saved with other versions of the packages that its numbers depend on.

    Raises:
        ValueError: if the folder has no head that can be read, or the head was made for another model.
    """
    card, tensors = read_card(folder), _read_tensors(folder)
    inspection = read_inspection(folder) if (folder / INSPECTION).is_file() else None
    if differing := differing_versions(card):
        warnings.warn(f"{folder} was {differing}: responses may differ slightly.", Note, stacklevel=2)
    alpha = _strength(folder, card)
    head: Head
    if "delta" in tensors:
        head = ResidualHead(tensors["delta"], alpha, card, inspection)
    elif f"k{card.get('k')}" in (matrices := _matrices(tensors)):
        head = replace(_black_box(tensors, int(card["k"])), alpha=alpha, card=card, inspection=inspection)
    else:
        raise ValueError(
            f"The card in {folder} names k {card.get('k')!r}; the head has {', '.join(matrices) or 'none'}."
        )
    if model is not None:
        head.check_made_for(model, tokenizer)
    return head


def load_every_k(folder: Path) -> list[BlackBoxHead]:
    """Load the black-box heads of every k that a folder contains, the smallest k first, at strength 1."""
    tensors = _read_tensors(folder)
    return [_black_box(tensors, k) for k in sorted(int(name[1:]) for name in _matrices(tensors))]


def _matrices(tensors: dict[str, Tensor]) -> list[str]:
    return [name for name in tensors if "." not in name]


def _black_box(tensors: dict[str, Tensor], k: int) -> BlackBoxHead:
    weight, masks = tensors[f"k{k}"], _masks(tensors, f"k{k}")
    return BlackBoxHead(weight, k, Restriction.of_masks(*masks)) if masks else BlackBoxHead.dense(weight, k)


def _masks(tensors: dict[str, Tensor], matrix: str) -> list[Tensor]:
    """Return the tokens of a matrix's rows and columns as masks; none for a file of an earlier version."""
    return [tensors[name] for side in ("rows", "columns") if (name := f"{matrix}.{side}") in tensors]


def _read_tensors(folder: Path) -> dict[str, Tensor]:
    path = folder / TENSORS
    tensors = read_tensors(path)
    # Masks first: what a matrix must be follows from its masks.
    for name, tensor in sorted(tensors.items(), key=lambda named: "." not in named[0]):
        if not re.fullmatch(r"delta|k[1-9]\d*(\.rows|\.columns)?", name):
            raise ValueError(f"{path} is not a head: it has a tensor {name!r}; heads have delta, or k and a number.")
        matrix = name.partition(".")[0]
        if matrix != name:
            if tensor.dim() != 1 or tensor.dtype != torch.bool or matrix not in tensors:
                raise ValueError(
                    f"{path} is not a head: {name} is {tensor.dtype} {tuple(tensor.shape)}, not the mask of a matrix."
                )
        elif tensor.dim() != 2 or not tensor.is_floating_point():
            raise ValueError(f"{path} is not a head: {name} is {tensor.dtype} {tuple(tensor.shape)}, not a matrix.")
        elif name != "delta":
            _check_w_trans(path, name, tensor, _masks(tensors, name))
        if not all_finite(tensor):
            raise ValueError(f"{path} is not a head: {name} has values that are not finite.")
    return tensors


def _check_w_trans(path: Path, name: str, matrix: Tensor, masks: list[Tensor]) -> None:
    vocabulary = len(masks[0] if masks else matrix)
    expected = tuple(int(mask.sum()) for mask in masks) or (vocabulary, vocabulary)
    if matrix.shape != expected or any(len(mask) != vocabulary for mask in masks) or int(name[1:]) > vocabulary:
        raise ValueError(
            f"{path} is not a head: {name} is {tuple(matrix.shape)}, but W_trans over {vocabulary} tokens"
            f"{' and with its masks' if masks else ''} is {expected}."
        )


def _strength(folder: Path, card: dict[str, Any]) -> float:
    alpha = card.get("alpha", 1.0)
    if type(alpha) not in (int, float) or not math.isfinite(alpha):
        raise ValueError(f"The card in {folder} has alpha {alpha!r}; a strength is a finite number.")
    return float(alpha)
