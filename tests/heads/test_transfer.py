"""The quality of a transferred head against a plain loop, and the k that is chosen by it."""

import pytest
import torch
from scipy.stats import entropy

from superficial.heads.black_box import BlackBoxHead, top_k
from superficial.heads.transfer import choose_k, measure_transfer
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

VOCABULARY = 24
IDENTITY = torch.eye(VOCABULARY)


def test_the_quality_of_a_transfer_is_that_of_a_plain_loop():
    weight, k = torch.randn(VOCABULARY, VOCABULARY) / 5, 7
    index = torch.arange(9)
    trace = Trace(index, index, index, torch.randn(9, 4), torch.randn(9, 6))
    base_weight, aligned_weight = torch.randn(VOCABULARY, 4), torch.randn(VOCABULARY, 6)
    pair = Pair(OutputHead(base_weight), OutputHead(aligned_weight))
    quality = measure_transfer(BlackBoxHead.dense(weight, k), pair, trace)
    kl, right = 0.0, 0
    for base_hidden, aligned_hidden in zip(trace.base_hidden, trace.aligned_hidden, strict=True):
        logits, teacher = base_weight @ base_hidden, aligned_weight @ aligned_hidden
        student = logits + weight @ top_k(logits[None], k)[0]
        kl += entropy(teacher.softmax(0).numpy(), student.softmax(0).numpy()) / 9
        right += int(student.argmax()) == int(teacher.argmax())
    assert quality.kl == pytest.approx(kl, rel=1e-4)
    assert quality.accuracy == right / 9


def one_hot_trace(prompts: list[int], base_tokens: list[int], aligned_tokens: list[int]) -> Trace:
    """A trace on which base and aligned model predict given tokens; the output heads are identities."""
    index = torch.arange(len(prompts))
    return Trace(torch.tensor(prompts), index, index, IDENTITY[base_tokens], IDENTITY[aligned_tokens])


def test_a_response_is_repeated_if_no_token_differs():
    prompts, aligned = [0, 0, 0, 1, 1, 2, 3, 3, 4], [3, 1, 2, 5, 5, 7, 0, 4, 9]
    base = [3, 11, 2, 5, 5, 7, 11, 4, 9]
    pair = Pair(OutputHead(IDENTITY), OutputHead(IDENTITY))
    nothing = BlackBoxHead.dense(torch.zeros(VOCABULARY, VOCABULARY), VOCABULARY)
    quality = measure_transfer(nothing, pair, one_hot_trace(prompts, base, aligned))
    assert quality.accuracy == 7 / 9
    assert quality.repeated == pytest.approx(3 / 5)


def replacing(k: int, replacements: dict[int, int]) -> BlackBoxHead:
    """A head that turns a top token into another one."""
    weight = torch.zeros(VOCABULARY, VOCABULARY)
    for token, replacement in replacements.items():
        weight[replacement, token] = 5
    return BlackBoxHead.dense(weight, k)


def test_the_chosen_k_repeats_most_responses_then_has_the_best_accuracy():
    pair = Pair(OutputHead(IDENTITY), OutputHead(IDENTITY))
    # Each head corrects some of the base's wrong tokens 10 to 13; no head corrects all of the last response.
    trace = one_hot_trace([0, 1, 2, 2, 2, 2], [10, 11, 12, 12, 12, 13], [0, 1, 2, 2, 2, 3])
    heads = [
        replacing(1, {12: 2}),
        replacing(2, {10: 0}),
        replacing(3, {10: 0, 13: 3}),
        replacing(4, {11: 1, 13: 3}),
    ]
    finished: list[int] = []
    best = choose_k(heads, pair, trace, finished.append)
    by_k = best.card["validation_by_k"]
    assert [by_k[str(k)]["repeated"] for k in (1, 2, 3, 4)] == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])
    assert [by_k[str(k)]["accuracy"] for k in (1, 2, 3, 4)] == [3 / 6, 1 / 6, 2 / 6, 2 / 6]
    assert best.k == best.card["k"] == 3, "of equal ones, the smallest k"
    assert finished == [1] * 4
