"""Traces as files: a folder of safetensors shards with one row per response position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from superficial.files import atomic_write
from superficial.tensors import read_tensors
from superficial.traces.sharded_rows import ShardedRows
from superficial.traces.trace import Trace

# Hidden states of less than this are read into memory; more stay in their files and are read row by row.
_IN_MEMORY_BYTES = 2**31


def write_shards(folder: Path, traces: Iterable[Trace]) -> None:
    """Write each trace as one shard as soon as it comes, so that only one is ever in memory."""
    for number, trace in enumerate(traces):
        write_shard(folder / f"{number:05d}.safetensors", trace)


def write_shard(file: Path, trace: Trace) -> None:
    """Write a trace as one shard."""
    tensors = {field.name: getattr(trace, field.name)[:].contiguous() for field in fields(Trace)}
    with atomic_write(file) as path:
        save_file(tensors, path)


def iterate_shards(folder: Path) -> Iterator[Trace]:
    """Read a folder of shards one by one.

    Raises:
        ValueError: if a shard is damaged.
    """
    for path in sorted(folder.glob("*.safetensors")):
        yield Trace(**_read_shard(path))


def read_shards(folder: Path) -> Trace:
    """Read a folder of shards as one trace; hidden states of a large one stay in their files.

    Raises:
        ValueError: if the folder has no shard, or one that is damaged or does not fit the others.
    """
    shards = [_read_shard(path) for path in sorted(folder.glob("*.safetensors"))]
    if not shards:
        raise ValueError(f"There is no trace in {folder}: it has no .safetensors file.")
    for name in ("base_hidden", "aligned_hidden"):
        widths = sorted({shard[name].shape[1] for shard in shards})
        if len(widths) > 1:
            raise ValueError(f"The shards of {folder} do not fit: {name} is {' and '.join(map(str, widths))} wide.")
    size = sum(shard[name].nbytes for shard in shards for name in ("base_hidden", "aligned_hidden"))

    def joined(name: str) -> Any:
        parts = [shard[name] for shard in shards]
        return torch.cat(parts) if size < _IN_MEMORY_BYTES or not name.endswith("hidden") else ShardedRows(parts)

    return Trace(**{field.name: joined(field.name) for field in fields(Trace)})


def _read_shard(path: Path) -> dict[str, Tensor]:
    shard = read_tensors(path, [field.name for field in fields(Trace)])
    positions = len(shard["token"]) if shard["token"].dim() == 1 else -1
    for field in fields(Trace):
        tensor, is_hidden = shard[field.name], field.name.endswith("hidden")
        allowed = (torch.float32, torch.bfloat16, torch.float16) if is_hidden else (torch.int64,)
        if tensor.dtype not in allowed or tensor.dim() != (2 if is_hidden else 1) or len(tensor) != positions:
            raise ValueError(
                f"{path} is not a trace: {field.name} is {tensor.dtype} {tuple(tensor.shape)}, not "
                f"{' or '.join(map(str, allowed))} with one row per position."
            )
    return shard
