"""A pytest plugin that rounds every matrix product differently, as a processor that this machine is not would do.

    ROUNDING_NOISE=1 python -m pytest -p tests.support.rounding_noise -m numeric

Each element moves by up to one unit in the last place of its row's largest element, twice for float32, which is more
than processors differ by. The same product moves in the same way every time, and one of another shape in another way,
as on a real processor; the number in ROUNDING_NOISE chooses among these ways.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch

SEED = int(os.environ.get("ROUNDING_NOISE", "1"))
# As shares of the largest element of a row.
_SIZES = {torch.float32: 2.0**-22, torch.float64: 2.0**-51, torch.bfloat16: 2.0**-8, torch.float16: 2.0**-11}


def _pattern(shape: torch.Size, device: torch.device) -> torch.Tensor:
    """Return numbers between -1 and 1 that depend on the shape and the seed alone."""
    index = torch.arange(shape.numel(), device=device)
    mixed = (index * 2654435761 + SEED * 40503 + shape.numel()) % 4294967291
    return ((mixed * 48271 + SEED) % 2147483647).double().div(1073741823.5).sub(1).reshape(shape)


def _with_noise(product: Any) -> Any:
    """Return a product with other roundings; what every processor computes exactly, zeros and integers, stays."""
    if not isinstance(product, torch.Tensor) or product.dtype not in _SIZES or not product.dim():
        return product
    with torch.no_grad():
        values = product.detach().double()
        size = values.abs().amax(-1, keepdim=True) if values.numel() else values
        exact = (values == 0) | (values == values.round()).all(-1, keepdim=True)
        noise = torch.where(exact, 0.0, _pattern(values.shape, values.device) * size * _SIZES[product.dtype])
        moved = (values + noise).to(product.dtype) - product.detach()
    return product + moved


def _noisy(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments, **named: _with_noise(function(*arguments, **named))


def pytest_configure() -> None:
    """Replace the functions that multiply matrices, for as long as this process lives."""
    for name in ("linear", "scaled_dot_product_attention"):
        setattr(torch.nn.functional, name, _noisy(getattr(torch.nn.functional, name)))
    for name in ("matmul", "mm", "bmm", "addmm"):
        setattr(torch, name, _noisy(getattr(torch, name)))
    for name in ("matmul", "__matmul__", "__rmatmul__"):
        setattr(torch.Tensor, name, _noisy(getattr(torch.Tensor, name)))
