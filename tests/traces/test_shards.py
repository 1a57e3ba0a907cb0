"""Shards read back as the trace that was written; large ones stay in their files."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from superficial.config.distillation import DistillationSettings
from superficial.distillation.residual import distil
from superficial.traces import shards as shards_module
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.positions import measure_positions
from superficial.traces.sharded_rows import ShardedRows
from superficial.traces.shards import iterate_shards, read_shards, write_shard, write_shards
from superficial.traces.splits import split_by_token
from superficial.traces.trace import Trace

SETTINGS = DistillationSettings(teacher_top=5, rank=3)
COLUMNS = ("prompt", "position", "token", "base_hidden", "aligned_hidden")
WIDTH, VOCABULARY, SHARDS, POSITIONS = 8, 20, 5, 30


def random_shards(dtype=torch.float32) -> list[Trace]:
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


def test_shards_read_back_as_the_trace_they_were(tmp_path):
    *written, last = random_shards()
    written.append(last.select(slice(7)))
    write_shards(tmp_path, written)
    read, expected = read_shards(tmp_path), Trace.concatenate(written)
    assert all(torch.equal(getattr(read, column), getattr(expected, column)) for column in COLUMNS)
    one_by_one = list(iterate_shards(tmp_path))
    assert [part.prompt.tolist() for part in one_by_one] == [part.prompt.tolist() for part in written]
    with pytest.raises(ValueError, match="There is no trace in"):
        read_shards(tmp_path / "empty")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_head_learned_from_files_is_the_one_learned_in_memory(tmp_path, monkeypatch, dtype):
    write_shards(tmp_path, random_shards(dtype))
    torch.manual_seed(1)
    pair = Pair(OutputHead(torch.randn(VOCABULARY, WIDTH)), OutputHead(torch.randn(VOCABULARY, WIDTH + 1)))

    def learned() -> tuple:
        trace = read_shards(tmp_path)
        trained = distil(pair, trace, trace, SETTINGS)
        positions = measure_positions(pair, lambda hidden, logits: logits + hidden.float() @ trained.matrix.T, trace)
        return trace, trained, positions, split_by_token(trace, trace)[1]

    in_memory, trained, positions, last = learned()
    monkeypatch.setattr(shards_module, "_IN_MEMORY_BYTES", 0)
    in_files, other_trained, other_positions, other_last = learned()
    assert isinstance(in_memory.base_hidden, torch.Tensor)
    assert isinstance(in_files.base_hidden, ShardedRows)
    assert in_files.base_hidden.dtype == dtype
    assert torch.equal(trained.matrix, other_trained.matrix)
    assert trained.validation_kl == other_trained.validation_kl
    assert all(torch.equal(positions[name], other_positions[name]) for name in positions)
    assert torch.equal(last.base_hidden, other_last.base_hidden)


@pytest.mark.parametrize(("column", "widths"), [("base_hidden", "8 and 9"), ("aligned_hidden", "9 and 10")])
def test_shards_with_states_of_different_widths_do_not_fit(tmp_path, column, widths):
    first, second = random_shards()[:2]
    wider = torch.nn.functional.pad(getattr(second, column), (0, 1))
    write_shards(tmp_path, [first, replace(second, **{column: wider})])
    with pytest.raises(ValueError, match=f"do not fit: {column} is {widths} wide"):
        read_shards(tmp_path)


@pytest.mark.parametrize(("positions", "kind"), [(1024**2 - 1, torch.Tensor), (1024**2, ShardedRows)])
def test_two_gigabytes_of_states_stay_in_their_files(tmp_path, monkeypatch, positions, kind):
    numbers = torch.empty(positions, dtype=torch.int64, device="meta")
    # A kilobyte a position.
    hidden = torch.empty(positions, 256, device="meta")
    shard = {name: hidden if name.endswith("hidden") else numbers for name in COLUMNS}
    monkeypatch.setattr(shards_module, "_read_shard", lambda path: shard)
    (tmp_path / "00000.safetensors").touch()
    trace = read_shards(tmp_path)
    assert isinstance(trace.base_hidden, kind) and isinstance(trace.aligned_hidden, kind)
    assert isinstance(trace.token, torch.Tensor)


def resident() -> int:
    """Memory pages of this process that belong to no file."""
    pages = Path("/proc/self/statm").read_text().split()
    return int(pages[1]) - int(pages[2])


def test_memory_does_not_grow_with_the_trace(tmp_path, monkeypatch):
    monkeypatch.setattr(shards_module, "_IN_MEMORY_BYTES", 0)
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


@pytest.mark.parametrize(
    ("column", "tensor"),
    [
        ("prompt", torch.arange(POSITIONS - 1)),
        ("prompt", torch.zeros(POSITIONS, 1, dtype=torch.int64)),
        ("base_hidden", torch.ones(POSITIONS)),
        ("base_hidden", torch.ones(POSITIONS + 1, WIDTH)),
    ],
)
def test_a_shard_without_a_row_for_each_position_in_every_column_is_refused(tmp_path, column, tensor):
    write_shard(tmp_path / "00000.safetensors", replace(random_shards()[0], **{column: tensor}))
    with pytest.raises(ValueError, match=f"is not a trace: {column} is"):
        read_shards(tmp_path)


def test_a_shard_whose_tokens_are_one_number_is_refused(tmp_path):
    columns = {name: getattr(random_shards()[0], name) for name in COLUMNS}
    save_file(columns | {"token": torch.tensor(5)}, tmp_path / "00000.safetensors")
    with pytest.raises(ValueError, match="is not a trace"):
        read_shards(tmp_path)
