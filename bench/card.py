"""What a GPU reaches by itself: the time and memory of work on it, and the rates that bound this work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import torch

_REPETITIONS = 10

T = TypeVar("T")


def seconds(device: torch.device, work: Callable[[], object]) -> float:
    """Return the seconds that a function takes, with all work that it starts on a GPU."""

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    wait()
    begin = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - begin


def timed(device: torch.device, work: Callable[[], T]) -> tuple[float, float | None, T]:
    """Return the seconds that a function takes, its peak memory in gigabytes (None on the CPU), and its result."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    results: list[T] = []
    taken = seconds(device, lambda: results.append(work()))
    peak = torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else None
    return taken, peak, results[0]


def matrix_rate(device: torch.device, dtype: torch.dtype, side: int) -> float:
    """Return the operations per second of a product of two square matrices: the best of several."""
    left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return 2 * side**3 / min(seconds(device, lambda: left @ right) for _ in range(_REPETITIONS))


def bandwidth(device: torch.device, count: int) -> float:
    """Return the bytes per second, read and written, of copying a tensor: the best of several."""
    values = torch.randn(count, device=device)
    return 2 * values.nbytes / min(seconds(device, values.clone) for _ in range(_REPETITIONS))
