"""The sweep over k against loops over single positions."""

from dataclasses import replace

import pytest
import torch

from superficial.heads.black_box import BlackBoxHead, top_k
from superficial.heads.sweep import SAMPLES, TracedPair, sampled_overlaps, sweep_k
from superficial.heads.transfer_space import transfer_space_similarity
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

VOCABULARY, WIDTH, POSITIONS = 20, 6, 30


def traced(seed: int) -> TracedPair:
    """A random pair over responses that are the same for every seed."""
    torch.manual_seed(seed)
    pair = Pair(OutputHead(torch.randn(VOCABULARY, WIDTH)), OutputHead(torch.randn(VOCABULARY, WIDTH + 1)))
    numbers = torch.arange(POSITIONS)
    states = torch.randn(POSITIONS, WIDTH), torch.randn(POSITIONS, WIDTH + 1)
    return TracedPair(pair, Trace(numbers // 5, numbers % 5, numbers % VOCABULARY, *states))


def test_the_sweep_is_that_of_plain_loops(monkeypatch):
    monkeypatch.setattr("superficial.heads.sweep._CHUNK", 7)
    heads = [BlackBoxHead.dense(torch.randn(VOCABULARY, VOCABULARY), k) for k in (1, 4, VOCABULARY)]
    small, large, validation = traced(0), traced(1), {"small": traced(2), "large": traced(3)}
    finished: list[int] = []
    by_k, accuracy = sweep_k(heads, small, large, validation, positions=9, advance=finished.append)
    assert by_k["k"].tolist() == [1, 4, VOCABULARY] and finished == [1, 1, 1]

    ranks = []
    for base_hidden, aligned_hidden in zip(small.trace.base_hidden, small.trace.aligned_hidden, strict=True):
        order = (small.pair.base.weight @ base_hidden).argsort(descending=True).tolist()
        rank = order.index(int((small.pair.aligned.weight @ aligned_hidden).argmax())) + 1
        ranks += [rank] if rank > 1 else []
    drawn = torch.randperm(POSITIONS, generator=torch.Generator().manual_seed(0))[:9]
    logits = [each.trace.base_hidden[drawn] @ each.pair.base.weight.T for each in (small, large)]
    for row, head in zip(by_k.itertuples(), heads, strict=True):
        assert row.cover_rate == pytest.approx(sum(rank <= head.k for rank in ranks) / len(ranks))
        expected = transfer_space_similarity(*(top_k(each, head.k) for each in logits))
        assert (row.similarity, row.overlap) == pytest.approx(expected, abs=1e-4)

    for (k, model), rows in accuracy.groupby(["k", "model"]):
        (head,) = [head for head in heads if head.k == k]
        pair, trace = validation[model].pair, validation[model].trace
        student = head.student_logits(None, pair.base.logits(trace.base_hidden)).argmax(-1)
        right = student == pair.aligned.logits(trace.aligned_hidden).argmax(-1)
        assert rows["size"].tolist() == [5] * 6
        assert rows["sum"].tolist() == right.reshape(6, 5).sum(1).tolist()


def test_overlaps_are_those_of_equally_many_positions_of_different_prompts(monkeypatch):
    small, large = traced(0), traced(1)
    drawn = []

    def read(base, trace, positions):
        drawn.append(positions)
        return trace.base_hidden[positions] @ base.weight.T

    monkeypatch.setattr("superficial.heads.sweep.logits_at", read)
    overlaps = sampled_overlaps([4, VOCABULARY], small, large, positions=3)
    samples = drawn[::2]
    assert len(samples) == min(SAMPLES, 6)
    for number, (positions, same) in enumerate(zip(samples, drawn[1::2], strict=True)):
        assert torch.equal(positions, same) and len(positions) == 3
        logits = [read(each.pair.base, each.trace, positions) for each in (small, large)]
        for k in (4, VOCABULARY):
            row = overlaps[(overlaps["sample"] == number) & (overlaps["k"] == k)].iloc[0]
            _, expected = transfer_space_similarity(*(top_k(each, k) for each in logits))
            assert row["overlap"] == pytest.approx(expected, abs=1e-5)
    prompts = [set((positions // 5).tolist()) for positions in samples]
    assert sum(map(len, prompts)) == len(set().union(*prompts))


def test_many_prompts_are_eight_samples_drawn_from_one_seed():
    small, large = traced(0), traced(1)
    numbers = torch.arange(POSITIONS)
    single = [replace(each, trace=replace(each.trace, prompt=numbers)) for each in (small, large)]
    overlaps = sampled_overlaps([4], *single, positions=2)
    assert overlaps["sample"].tolist() == list(range(8))
    generator = torch.Generator().manual_seed(0)
    prompts = torch.randperm(POSITIONS, generator=generator).tensor_split(8)
    for part, overlap in zip(prompts, overlaps["overlap"], strict=True):
        # The positions of a sample are drawn in their order.
        drawn = part.sort().values[torch.randperm(len(part), generator=generator)[:2]]
        logits = [each.trace.base_hidden[drawn] @ each.pair.base.weight.T for each in single]
        _, expected = transfer_space_similarity(*(top_k(one, 4) for one in logits))
        assert overlap == pytest.approx(expected, abs=1e-5)


def test_traces_of_different_responses_are_refused():
    small, large = traced(0), traced(1)
    large.trace.token[3] += 1
    with pytest.raises(ValueError, match="contain different responses; trace both again"):
        sweep_k([], small, large, {}, 9)
