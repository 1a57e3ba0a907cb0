"""Final hidden states of both models over the same responses, by one teacher-forced pass of each.

Positions are those of the response: t = 0 is the prediction of its first token, made at the last prompt token.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int
from safetensors.torch import save_file
from torch import Tensor

from superficial.files import atomic_write
from superficial.tensors import read_tensors
from superficial.traces.rows import Rows, slices

if TYPE_CHECKING:
    from transformers import PreTrainedModel


# Hidden states of less than this are read into memory; more stay in their files, and are read row by row.
_HELD_BYTES = 2**31
# Of a GPU's memory; heads, optimizer and logits want the rest.
_SHARE_OF_FREE = 0.5
_CHUNK = 2**16


@dataclass(frozen=True)
class Trace:
    """Both models' final hidden states at every response position of a set of prompts, in the models' own numbers.

    Those of a large set are `Rows`.
    """

    prompt: Int[Tensor, " position"]
    position: Int[Tensor, " position"]
    token: Int[Tensor, " position"]
    base_hidden: Float[Tensor, "position width"] | Rows
    aligned_hidden: Float[Tensor, "position aligned_width"] | Rows


@torch.no_grad()
def hidden_states(
    model: PreTrainedModel, prompts: list[list[int]], responses: list[list[int]], batch_size: int
) -> Float[Tensor, "position width"]:
    """Return what the output head multiplies at each response position, prompt after prompt, in the model's numbers."""
    texts = [prompt + response for prompt, response in zip(prompts, responses, strict=True)]
    # Texts of similar length share a batch, so that little is computed for padding.
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    ends = list(accumulate(map(len, responses)))
    # In one piece from the start: small pieces between a batch's large ones would keep the memory of both.
    states = torch.empty(sum(map(len, responses)), model.get_output_embeddings().weight.shape[1], dtype=model.dtype)
    for begin in range(0, len(order), batch_size):
        batch = order[begin : begin + batch_size]
        # The last response token predicts nothing that is kept.
        rows = [texts[i][:-1] for i in batch]
        width = max(map(len, rows))
        # Right padding: a causal model's earlier positions do not see it.
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        ids, mask = ids.to(model.device), mask.to(model.device)
        hidden = model.get_decoder()(input_ids=ids, attention_mask=mask).last_hidden_state
        for i, row, found in zip(batch, rows, hidden.cpu(), strict=True):
            states[ends[i] - len(responses[i]) : ends[i]] = found[len(prompts[i]) - 1 : len(row)]
    return states


def collect(
    base: PreTrainedModel,
    aligned: PreTrainedModel,
    base_prompts: list[list[int]],
    aligned_prompts: list[list[int]],
    responses: list[list[int]],
    batch_size: int,
    first_prompt: int = 0,
) -> Trace:
    """Trace both models over the same responses, each after its own form of the prompt.

    Prompts are numbered from `first_prompt`.

    Raises:
        ValueError: where a response is empty: it has no position to learn from.
    """
    empty = [i for i, response in enumerate(responses) if not response]
    if empty:
        raise ValueError(f"{len(empty)} of {len(responses)} responses are empty, the first is number {empty[0]}.")
    return Trace(
        prompt=torch.tensor([first_prompt + i for i, response in enumerate(responses) for _ in response]),
        position=torch.tensor([t for response in responses for t in range(len(response))]),
        token=torch.tensor([token for response in responses for token in response]),
        base_hidden=hidden_states(base, base_prompts, responses, batch_size),
        aligned_hidden=hidden_states(aligned, aligned_prompts, responses, batch_size),
    )


def near(trace: Trace, device: torch.device) -> Trace:
    """Return a trace with its hidden states on a GPU, or as it is where they take more than half of what is free there.

    An epoch reads every state again: from files or the host's memory a GPU would wait for them longer than it works.
    """
    states = (trace.base_hidden, trace.aligned_hidden)
    size = sum(len(rows) * rows.shape[1] * rows.dtype.itemsize for rows in states)
    if device.type != "cuda" or size > _SHARE_OF_FREE * torch.cuda.mem_get_info(device)[0]:
        return trace

    def placed(rows: Tensor | Rows) -> Tensor:
        found = torch.empty(len(rows), rows.shape[1], dtype=rows.dtype, device=device)
        for at in slices(len(rows), _CHUNK):
            found[at] = rows[at].to(device)
        return found

    return replace(trace, base_hidden=placed(trace.base_hidden), aligned_hidden=placed(trace.aligned_hidden))


def write_shards(folder: Path, traces: Iterable[Trace]) -> None:
    """Write each trace as one safetensors shard as it comes, so that only one is ever in memory."""
    for number, trace in enumerate(traces):
        tensors = {field.name: getattr(trace, field.name)[:].contiguous() for field in fields(Trace)}
        with atomic_write(folder / f"{number:05d}.safetensors") as path:
            save_file(tensors, path)


def each_shard(folder: Path) -> Iterator[Trace]:
    """Read a folder of shards one by one.

    Raises:
        ValueError: where a shard is damaged.
    """
    for path in sorted(folder.glob("*.safetensors")):
        yield Trace(**_read_shard(path))


def reread(base: PreTrainedModel, trace: Trace, base_prompts: list[list[int]], batch_size: int) -> Trace:
    """Return a trace whose responses another base model has read, each after its own form of the prompt.

    Args:
        base: the other model.
        trace: what is already known of the responses.
        base_prompts: token ids of every prompt that the numbers in `trace.prompt` count.
        batch_size: texts a batch.
    """
    numbers, counts = trace.prompt.unique_consecutive(return_counts=True)
    responses = [part.tolist() for part in trace.token.split(counts.tolist())]
    prompts = [base_prompts[number] for number in numbers]
    return replace(trace, base_hidden=hidden_states(base, prompts, responses, batch_size))


def read_shards(folder: Path) -> Trace:
    """Read a folder of shards as one trace; of a large one the hidden states stay in its files.

    Raises:
        ValueError: where the folder holds none, or one that is damaged or does not fit the others.
    """
    shards = [_read_shard(path) for path in sorted(folder.glob("*.safetensors"))]
    if not shards:
        raise ValueError(f"There is no trace in {folder}: it holds no .safetensors file.")
    for name in ("base_hidden", "aligned_hidden"):
        widths = sorted({shard[name].shape[1] for shard in shards})
        if len(widths) > 1:
            raise ValueError(f"The shards of {folder} do not fit: {name} is {' and '.join(map(str, widths))} wide.")
    held = sum(shard[name].nbytes for shard in shards for name in ("base_hidden", "aligned_hidden")) < _HELD_BYTES

    def joined(name: str) -> Any:
        parts = [shard[name] for shard in shards]
        return torch.cat(parts) if held or not name.endswith("hidden") else Rows(parts)

    return Trace(**{field.name: joined(field.name) for field in fields(Trace)})


def _read_shard(path: Path) -> dict[str, Tensor]:
    shard = read_tensors(path, [field.name for field in fields(Trace)])
    positions = len(shard["token"]) if shard["token"].dim() == 1 else -1
    for field in fields(Trace):
        tensor, numbers = shard[field.name], not field.name.endswith("hidden")
        wanted = (torch.int64,) if numbers else (torch.float32, torch.bfloat16, torch.float16)
        if tensor.dtype not in wanted or tensor.dim() != (1 if numbers else 2) or len(tensor) != positions:
            raise ValueError(
                f"{path} is no trace: {field.name} is {tensor.dtype} {tuple(tensor.shape)}, not "
                f"{' or '.join(map(str, wanted))} with one row a position."
            )
    return shard
