"""A trace: final hidden states of a base and an aligned model over the same responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from superficial.traces.sharded_rows import ShardedRows, row_slices

# Of a GPU's free memory; output heads, optimizer and logits need the rest.
_GPU_SHARE = 0.5
_CHUNK = 2**16


@dataclass(frozen=True)
class Trace:
    """Both models' final hidden states at every response position of a set of prompts, in the models' own dtypes.

    `prompt` numbers the prompts. `position` 0 is the prediction of a response's first token, made at the last prompt
    token. `token` is what the response contains at that position. Hidden states of a large set are `ShardedRows`.
    """

    prompt: Int[Tensor, " position"]
    position: Int[Tensor, " position"]
    token: Int[Tensor, " position"]
    base_hidden: Float[Tensor, "position width"] | ShardedRows
    aligned_hidden: Float[Tensor, "position aligned_width"] | ShardedRows

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.token)

    def select(self, positions: slice | Int[Tensor, " row"] | Bool[Tensor, " position"]) -> Trace:
        """Return the trace at some positions."""
        return Trace(**{field.name: getattr(self, field.name)[positions] for field in fields(Trace)})

    def responses(self) -> dict[int, list[int]]:
        """Return the token ids of each response by the number of its prompt."""
        numbers, counts = self.prompt.unique_consecutive(return_counts=True)
        tokens = self.token.split(counts.tolist())
        return {number: part.tolist() for number, part in zip(numbers.tolist(), tokens, strict=True)}

    @staticmethod
    def concatenate(traces: Sequence[Trace]) -> Trace:
        """Return several traces as one, in memory; prompts keep their numbers."""
        return Trace(
            **{field.name: torch.cat([getattr(trace, field.name)[:] for trace in traces]) for field in fields(Trace)}
        )


def to_gpu_if_it_fits(trace: Trace, device: torch.device) -> Trace:
    """Return a trace with its hidden states on a GPU, or unchanged if they need over half of its free memory.

    Every epoch reads every state again: a GPU would wait longer for files or for the host's memory than it computes.
    """
    states = (trace.base_hidden, trace.aligned_hidden)
    size = sum(len(rows) * rows.shape[1] * rows.dtype.itemsize for rows in states)
    if device.type != "cuda" or size > _GPU_SHARE * torch.cuda.mem_get_info(device)[0]:
        return trace

    def copied(rows: Tensor | ShardedRows) -> Tensor:
        copy = torch.empty(len(rows), rows.shape[1], dtype=rows.dtype, device=device)
        for chunk in row_slices(len(rows), _CHUNK):
            copy[chunk] = rows[chunk].to(device)
        return copy

    return replace(trace, base_hidden=copied(trace.base_hidden), aligned_hidden=copied(trace.aligned_hidden))
