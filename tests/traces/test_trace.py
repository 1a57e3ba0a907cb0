"""Positions of a trace that are selected, joined, and read as responses."""

import pytest
import torch

from superficial.traces.sharded_rows import ShardedRows
from superficial.traces.trace import Trace, to_gpu_if_it_fits
from tests.support.simulated_gpu import simulated_gpu


def numbered(prompts: list[int], tokens: list[int], width: int = 3) -> Trace:
    hidden = torch.arange(len(tokens) * width, dtype=torch.float32).reshape(len(tokens), width)
    return Trace(torch.tensor(prompts), torch.zeros(len(tokens)).long(), torch.tensor(tokens), hidden, -hidden)


def test_responses_are_the_tokens_of_each_prompt():
    assert numbered([4, 4, 7, 9, 9], [1, 2, 3, 4, 5]).responses() == {4: [1, 2], 7: [3], 9: [4, 5]}


def test_selected_and_joined_positions_keep_all_columns():
    trace = numbered([0, 0, 1, 1], [5, 6, 7, 8])
    joined = Trace.concatenate([trace.select(trace.prompt == 1), trace.select(slice(1))])
    assert len(joined) == 3
    assert joined.prompt.tolist() == [1, 1, 0] and joined.token.tolist() == [7, 8, 5]
    assert torch.equal(joined.base_hidden, trace.base_hidden[[2, 3, 0]])
    assert torch.equal(joined.aligned_hidden, -joined.base_hidden)


def test_joined_traces_are_in_memory():
    trace = numbered([0, 1], [5, 6])
    rows = ShardedRows([trace.base_hidden[:1], trace.base_hidden[1:]])
    sharded = Trace(trace.prompt, trace.position, trace.token, rows, rows)
    joined = Trace.concatenate([sharded, trace])
    assert torch.equal(joined.base_hidden, torch.cat([trace.base_hidden, trace.base_hidden]))


def test_states_that_need_over_half_of_a_gpus_free_memory_stay_where_they_are(monkeypatch):
    trace = numbered([0, 1], [5, 6])
    size = trace.base_hidden.nbytes + trace.aligned_hidden.nbytes
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2 * size - 1, 100 * size))
    assert to_gpu_if_it_fits(trace, torch.device("cuda")) is trace
    monkeypatch.delattr(torch.cuda, "mem_get_info")
    for device in ("cpu", "meta"):
        assert to_gpu_if_it_fits(trace, torch.device(device)) is trace


@pytest.mark.parametrize("times", [2, 3])
def test_states_that_need_at_most_half_of_a_gpus_free_memory_are_copied_to_it(monkeypatch, times):
    trace = numbered([0, 1, 1, 4], [5, 6, 7, 8])
    size = trace.base_hidden.nbytes + trace.aligned_hidden.nbytes
    with simulated_gpu(monkeypatch, gigabytes=1):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (times * size, 100 * size))
        copied = to_gpu_if_it_fits(trace, torch.device("cuda"))
        for states, copy in (
            (trace.base_hidden, copied.base_hidden),
            (trace.aligned_hidden, copied.aligned_hidden),
        ):
            assert (copy.device.type, copy.tolist()) == ("cuda", states.tolist())
    assert copied.token is trace.token
