"""Checks that the numbers of a head are finite: one that is not would spread to every logit and exported checkpoint."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from superficial.tensors import all_finite

_LARGEST = torch.finfo(torch.float32).max


def check_strength(alpha: Any) -> None:
    """Check that a strength is a finite number in float32.

    Raises:
        ValueError: if it is not.
    """
    if isinstance(alpha, bool) or not isinstance(alpha, Real) or not abs(float(alpha)) <= _LARGEST:
        raise ValueError(f"The strength is {alpha!r}; it must be a finite number, at most {_LARGEST:.2g} in size.")


def check_finite_head(matrix: Tensor, alpha: float) -> None:
    """Check that a head's matrix is finite, alone and at its strength.

    Raises:
        ValueError: if it is not.
    """
    check_strength(alpha)
    if not matrix.numel():
        return
    largest = max(abs(extreme.item()) for extreme in map(torch.Tensor.float, matrix.aminmax()))
    if not math.isfinite(largest):
        raise ValueError("The matrix of this head has values that are not finite.")
    if largest * abs(alpha) > _LARGEST:
        raise ValueError(
            f"The strength is {alpha:g} and this head has values up to {largest:.3g}; float32 cannot hold the product."
        )


def check_finite_weights(weight: Tensor, alpha: float) -> None:
    """Check that an output head is finite in its dtype after alpha dW was added.

    Raises:
        ValueError: if it is not.
    """
    if not all_finite(weight):
        dtype = str(weight.dtype).removeprefix("torch.")
        raise ValueError(
            f"At strength {alpha:g} the output head would not be finite in {dtype}, whose largest number is "
            f"{torch.finfo(weight.dtype).max:.3g}: choose a smaller strength, or a base that is stored in float32."
        )
