"""Hidden states that stay in their files give what they give in memory, and are not read whole."""

from pathlib import Path

import pytest
import torch

from superficial.distillation.residual import DistillationSettings, distil
from superficial.traces import trace as traces
from superficial.traces.output_head import OutputHead
from superficial.traces.positions import measure_positions
from superficial.traces.rows import Rows, chunks
from superficial.traces.splits import split_by_token
from superficial.traces.trace import Trace, read_shards, write_shards

SETTINGS = DistillationSettings("adam-cosine", 1e-2, 1e-4, 3, 16, 5, None, 3, 0)
WIDTH, VOCABULARY, SHARDS, POSITIONS = 8, 20, 5, 30


def shards(dtype=torch.float32) -> list[Trace]:
    torch.manual_seed(0)
    numbers = torch.arange(POSITIONS)
    return [
        Trace(
            torch.full((POSITIONS,), shard),
            numbers,
            numbers % VOCABULARY,
            torch.randn(POSITIONS, WIDTH).to(dtype),
            torch.randn(POSITIONS, WIDTH + 1).to(dtype),
        )
        for shard in range(SHARDS)
    ]


@pytest.mark.parametrize(
    "at",
    [
        slice(None),
        slice(25, 100),
        torch.tensor([149, 0, 30, 29, 30]),
        torch.arange(150) % 7 == 0,
        torch.tensor([], dtype=torch.int64),
    ],
    ids=str,
)
def test_rows_are_chosen_as_those_of_one_matrix(at):
    parts = [trace.base_hidden for trace in shards()]
    whole, rows = torch.cat(parts), Rows(parts)
    assert rows.shape == whole.shape
    assert torch.equal(rows[at], whole[at])
    assert torch.equal(torch.cat(list(chunks(rows, 64))), whole)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_head_learned_from_files_is_the_one_learned_in_memory(tmp_path, monkeypatch, dtype):
    write_shards(tmp_path, shards(dtype))
    torch.manual_seed(1)
    base, aligned = OutputHead(torch.randn(VOCABULARY, WIDTH)), OutputHead(torch.randn(VOCABULARY, WIDTH + 1))

    def learned() -> tuple:
        trace = read_shards(tmp_path)
        found = distil(base, aligned, trace, trace, SETTINGS)
        rows = measure_positions(base, aligned, lambda hidden, logits: logits + hidden.float() @ found.delta.T, trace)
        return trace, found, rows, split_by_token(trace, trace)[1]

    held, delta, rows, last = learned()
    monkeypatch.setattr(traces, "_HELD_BYTES", 0)
    stored, other, other_rows, other_last = learned()
    assert isinstance(held.base_hidden, torch.Tensor)
    assert isinstance(stored.base_hidden, Rows)
    assert stored.base_hidden.dtype == dtype
    assert torch.equal(delta.delta, other.delta)
    assert delta.validation_kl == other.validation_kl
    assert all(torch.equal(rows[name], other_rows[name]) for name in rows)
    assert torch.equal(last.base_hidden, other_last.base_hidden)


def resident() -> int:
    """Memory of this process that is no file's."""
    return int(Path("/proc/self/statm").read_text().split()[1]) - int(Path("/proc/self/statm").read_text().split()[2])


def test_what_is_read_does_not_grow_with_the_trace(tmp_path, monkeypatch):
    monkeypatch.setattr(traces, "_HELD_BYTES", 0)
    numbers = torch.arange(20_000)
    hidden = torch.randn(20_000, 256)
    write_shards(tmp_path, (Trace(numbers, numbers.clone(), numbers.clone(), hidden, hidden.clone()) for _ in range(4)))
    before = resident()
    trace = read_shards(tmp_path)
    read = trace.base_hidden[torch.randint(0, 80_000, (500,))]
    grown = (resident() - before) * 4096
    assert read.shape == (500, 256)
    assert str(tmp_path) in Path("/proc/self/maps").read_text(), "the files are mapped"
    whole = 2 * 4 * 20_000 * 256 * 4
    assert grown < whole / 8, f"{grown / 1e6:.0f} MB of {whole / 1e6:.0f} MB were read"
