"""One W_trans for several bases: against one trace of all positions, and against automatic differentiation."""

from dataclasses import replace

import pandas as pd
import pytest
import torch

from superficial.config.distillation import BlackBoxSettings
from superficial.distillation.black_box import build_black_box_objective
from superficial.distillation.heads import train_black_box_heads
from superficial.distillation.joined import JoinedObjective, Lesson, read_lesson
from superficial.heads.black_box import BlackBoxHead, top_k
from superficial.heads.restriction import Restriction
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.shards import write_shards
from superficial.traces.trace import Trace

VOCABULARY, K = 24, 6
ALL = Restriction.none(VOCABULARY)
SETTINGS = BlackBoxSettings(learning_rate=0.02, epsilon=1e-8, epochs=20, batch_size=200)


def random(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def pair_of(seed: int, width: int) -> Pair:
    """A base with an output head of its own; the aligned states are the aligned model's logits."""
    return Pair(OutputHead(random(seed, VOCABULARY, width)), OutputHead(torch.eye(VOCABULARY)))


def planted(seed: int, positions: int, pair: Pair, head: BlackBoxHead) -> Trace:
    """A trace whose aligned logits are those of a known head on this base."""
    hidden = random(seed, positions, pair.base.weight.shape[1])
    index = torch.arange(positions)
    aligned = head.student_logits(None, pair.base.logits(hidden))
    return Trace(index, torch.zeros_like(index), torch.zeros_like(index), hidden, aligned)


@pytest.fixture
def head():
    return BlackBoxHead.dense(0.3 * random(1, VOCABULARY, VOCABULARY), K)


def test_parts_of_one_pair_are_as_their_positions_in_one_trace(head):
    pair, weight = pair_of(2, 9), random(3, VOCABULARY, VOCABULARY)
    parts = [planted(seed, count, pair, head) for seed, count in ((4, 30), (5, 7), (6, 20))]
    joined = JoinedObjective([build_black_box_objective(pair, part, K, ALL) for part in parts])
    whole = build_black_box_objective(pair, Trace.concatenate(parts), K, ALL)
    assert len(joined) == len(whole) == 57
    assert joined.mean_kl(weight) == pytest.approx(whole.total_kl(weight) / 57, rel=1e-5)
    for positions in ([36, 3, 56, 29, 30, 37], [31, 33]):
        at = torch.tensor(positions)
        torch.testing.assert_close(joined.gradient(at, weight), whole.gradient(at, weight))


def test_the_gradient_over_two_bases_is_that_of_automatic_differentiation(head):
    pairs = [pair_of(2, 9), pair_of(7, 5)]
    traces = [planted(4, 30, pairs[0], head), planted(5, 20, pairs[1], head)]
    objectives = [build_black_box_objective(*each, K, ALL) for each in zip(pairs, traces, strict=True)]
    weight = random(3, VOCABULARY, VOCABULARY).requires_grad_()

    def kl(pair: Pair, trace: Trace, at: list[int]) -> torch.Tensor:
        base = pair.base.logits(trace.base_hidden[at])
        return kl_divergence(trace.aligned_hidden[at], base + top_k(base, K) @ weight.T)

    value = torch.cat([kl(pairs[0], traces[0], [29, 2]), kl(pairs[1], traces[1], [0, 19, 5])]).mean()
    (expected,) = torch.autograd.grad(value, weight)
    found = JoinedObjective(objectives).gradient(torch.tensor([30, 29, 49, 2, 35]), weight.detach())
    torch.testing.assert_close(found, expected)


def test_a_head_of_two_bases_follows_both_and_a_head_of_one_only_its_own(head):
    """The second base has other tokens among its largest logits, of which the first teaches nothing."""
    first, second = pair_of(2, 9), pair_of(7, 9)
    apart = torch.where(torch.arange(VOCABULARY) < VOCABULARY // 2, 8.0, -8.0)
    first = replace(first, base=OutputHead(first.base.weight, apart))
    second = replace(second, base=OutputHead(second.base.weight, -apart))
    lessons = [
        Lesson(pair, planted(seed, 3000, pair, head), planted(seed + 1, 300, pair, head))
        for pair, seed in ((first, 10), (second, 20))
    ]
    taught = lessons[0].pair, lessons[0].train, lessons[0].validation, SETTINGS, [K]
    (alone,) = train_black_box_heads(*taught)
    (both,) = train_black_box_heads(*taught, further=lessons[1:])

    def share_left(student: BlackBoxHead, lesson: Lesson) -> float:
        base = lesson.pair.base.logits(lesson.validation.base_hidden)
        before, after = (
            kl_divergence(lesson.validation.aligned_hidden, logits).mean().item()
            for logits in (base, student.student_logits(None, base))
        )
        return after / before

    assert share_left(alone, lessons[0]) < 0.1 and share_left(alone, lessons[1]) > 0.5
    assert all(share_left(both, lesson) < 0.1 for lesson in lessons)
    assert both.card["positions"] == {"train": 6000, "validation": 600}
    logits = [lesson.pair.base.logits(lesson.train.base_hidden) for lesson in lessons]
    columns = [set(of_base.topk(K).indices.flatten().tolist()) for of_base in logits]
    assert columns[0] != columns[1]
    assert set(both.restriction.columns.tolist()) == columns[0] | columns[1]


def test_a_lesson_is_what_the_files_of_a_pair_have_on_some_benchmarks(head, tmp_path):
    pair = pair_of(2, 9)
    pair.write(tmp_path / "weights.safetensors")
    traces = {"train": planted(4, 6, pair, head), "validation": planted(5, 4, pair, head)}
    for split, trace in traces.items():
        write_shards(tmp_path / split, [trace])
        of_question = pd.DataFrame({"benchmark": ["gsm", "toxigen"] * (len(trace) // 2)})
        of_question.to_parquet(tmp_path / f"{split}-responses.parquet")
    lesson = read_lesson(tmp_path, ["toxigen"], "cpu")
    torch.testing.assert_close(lesson.pair.base.weight, pair.base.weight)
    for read, split in ((lesson.train, "train"), (lesson.validation, "validation")):
        torch.testing.assert_close(read.base_hidden[:], traces[split].base_hidden[1::2])
