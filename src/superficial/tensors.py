"""Reads tensor files without ever loading a pickle, and says in one sentence what is wrong with a bad one.

Also tells whether all values of a tensor are finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from superficial.errors import one_line


def read_tensors(path: Path, names: Sequence[str] = ()) -> dict[str, Tensor]:
    """Read a safetensors file.

    Args:
        path: the file.
        names: the tensors that it must contain; it may contain others.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged, is not a safetensors file, or lacks a tensor.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}.")
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError, RuntimeError, KeyError) as error:
        raise ValueError(f"{path} cannot be read as tensors: {one_line(error)}") from error
    missing = [name for name in names if name not in tensors]
    if missing:
        raise ValueError(f"{path} has no tensor {missing[0]!r}; it has {', '.join(tensors) or 'none'}.")
    return tensors


def all_finite(tensor: Tensor) -> bool:
    """Return whether no value is NaN or infinite; no second tensor of this size is needed."""
    if not tensor.is_floating_point() or not tensor.numel():
        return True
    return all(bool(extreme.isfinite()) for extreme in tensor.aminmax())
