"""How far two correct computations of the same thing may differ, on any processor.

Processors add numbers in different orders. That moves every element of a row by some roundings of the row's largest
terms, so an error is measured against the norm of its row, never against a constant.
"""

from __future__ import annotations

import torch

# Roundings that add up in a tiny model, in units of the last place. The largest errors that were seen between
# processors, thread counts and kernels are a fifth of this or less; see docs/ROBUSTNESS.md.
_ROUNDINGS = {torch.float32: 256, torch.float64: 256, torch.bfloat16: 32}


def row_tolerance(dtype: torch.dtype, roundings: int | None = None) -> float:
    """Return the largest error of a row in this dtype, as a share of the row's norm; by default a whole model's."""
    return (roundings or _ROUNDINGS[dtype]) * torch.finfo(dtype).eps


def row_errors(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    """Return the norm of each row's error as a share of the norm of the expected row."""
    difference = (actual.double() - expected.double()).norm(dim=-1)
    return difference / expected.double().norm(dim=-1).clamp(min=torch.finfo(torch.float32).tiny)


def assert_rows_close(actual: torch.Tensor, expected: torch.Tensor, roundings: int | None = None) -> None:
    """Check that shape and dtype are the same, and that each row is the expected one up to rounding."""
    assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype)
    largest, allowed = row_errors(actual, expected).max().item(), row_tolerance(actual.dtype, roundings)
    assert largest <= allowed, f"a row differs by {largest:.2e} of its norm, where rounding allows {allowed:.2e}"


def assert_largest(logits: torch.Tensor, token: int) -> None:
    """Check that a token has the largest logit of a row, or one that only rounding separates from it."""
    gap = (logits.max() - logits[token]).item()
    allowed = row_tolerance(logits.dtype) * logits.norm().item()
    assert gap <= allowed, f"token {token} is {gap:.2e} below the largest logit, where rounding allows {allowed:.2e}"


def assert_rank(logits: torch.Tensor, token: int, rank: int) -> None:
    """Check a token's rank by its logit, 1 the largest; tokens that only rounding separates may come in any order."""
    near = row_tolerance(logits.dtype) * logits.norm()
    larger, not_smaller = (logits > logits[token] + near).sum(), (logits >= logits[token] - near).sum()
    assert larger < rank <= not_smaller, f"token {token} has rank {rank}, not {larger + 1} to {not_smaller}"
