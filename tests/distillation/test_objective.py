"""The restricted objective against the plain KL over the whole vocabulary, and its gradient against autograd."""

import math

import pytest
import torch

from superficial.distillation.objective import build_training_objective, build_validation_objectives
from superficial.distillation.teacher import Teacher, survey_teacher
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

VOCABULARY, WIDTH, POSITIONS = 30, 6, 40


@pytest.fixture
def planted():
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    numbers = torch.arange(POSITIONS)
    trace = Trace(numbers, numbers, numbers, drawn(POSITIONS, WIDTH), drawn(POSITIONS, WIDTH + 2))
    base = OutputHead(drawn(VOCABULARY, WIDTH), drawn(VOCABULARY))
    aligned = OutputHead(drawn(VOCABULARY, WIDTH + 2), drawn(VOCABULARY))
    return Pair(base, aligned), trace, drawn(VOCABULARY, WIDTH)


def plain_kl(pair, trace, delta, support):
    teacher = torch.nn.functional.linear(trace.aligned_hidden, pair.aligned.weight, pair.aligned.bias)
    if support:
        order = teacher.argsort(-1, descending=True)[:, support:]
        teacher = teacher.scatter(-1, order, -torch.inf)
    probability = teacher.softmax(-1)
    student = torch.nn.functional.linear(trace.base_hidden, pair.base.weight + delta, pair.base.bias).log_softmax(-1)
    return torch.nn.functional.kl_div(student, probability, reduction="none").sum(-1)


@pytest.mark.parametrize("tokens", [range(VOCABULARY), [3], [0, 7, 8, 29]])
@pytest.mark.parametrize("support", [None, 1, 5, VOCABULARY])
@pytest.mark.parametrize("stored_bytes", [0, 2**28])
@pytest.mark.parametrize("moved", [0.0, 0.5])
def test_value_and_gradient_are_those_of_the_whole_softmax(planted, monkeypatch, tokens, support, stored_bytes, moved):
    monkeypatch.setattr("superficial.distillation.objective._STORED_BYTES", stored_bytes)
    monkeypatch.setattr("superficial.distillation.objective.positions_at_once", lambda _: 7)
    pair, trace, delta = planted
    tokens = torch.tensor(list(tokens))
    # The rows that are not trained need not be the base's.
    untrained = OutputHead(pair.base.weight + moved, pair.base.bias)
    rows = (pair.base.weight + delta)[tokens].requires_grad_()
    whole = untrained.weight.index_copy(0, tokens, rows) - pair.base.weight
    expected = plain_kl(pair, trace, whole, support)
    (gradient,) = torch.autograd.grad(expected[5:25].sum(), rows)
    student = OutputHead(rows.detach(), pair.base.select(tokens).bias)
    # Several students at once: the first one, which has the base's rows, must not change the second.
    _, validation = build_validation_objectives(pair, tokens, trace, support, [pair.base, untrained])
    assert validation.mean_kl(student.logits) == pytest.approx(expected.mean().item())
    teacher, _ = survey_teacher(pair.aligned, trace, support, None)
    training = build_training_objective(pair, tokens, trace, teacher, untrained)
    part = torch.arange(5, 25)
    losses = []
    for objective, positions in ((validation, part), (training, part), (training.select(part), slice(None))):
        hidden = objective.hidden(positions)
        loss, difference = objective.loss_and_difference(student.logits(hidden), positions)
        torch.testing.assert_close(difference.T @ hidden, gradient)
        torch.testing.assert_close(objective.difference(student.logits(hidden), positions), difference)
        losses.append(loss)
    assert losses[0] == pytest.approx(expected[5:25].sum().item())
    # Training knows the KL up to a constant.
    other = OutputHead(rows.detach() * 0.9, student.bias)
    changes = [
        objective.loss_and_difference(other.logits(objective.hidden(part)), part)[0] - loss
        for objective, loss in ((validation, losses[0]), (training, losses[1]))
    ]
    assert changes[1] == pytest.approx(changes[0])


def test_the_survey_finds_the_tokens_of_high_rank(planted):
    pair, trace, _ = planted
    order = pair.aligned.logits(trace.aligned_hidden).argsort(-1, descending=True)
    for top in (1, 3):
        assert torch.equal(survey_teacher(pair.aligned, trace, None, top)[1], order[:, :top].unique())
    for every in (None, VOCABULARY, VOCABULARY + 1):
        assert torch.equal(survey_teacher(pair.aligned, trace, None, every)[1], torch.arange(VOCABULARY))


@pytest.mark.parametrize("support", [None, VOCABULARY, VOCABULARY + 1])
def test_a_support_of_all_tokens_or_more_truncates_nothing(planted, support):
    pair, trace, _ = planted
    logits = pair.aligned.logits(trace.aligned_hidden)
    teacher, _ = survey_teacher(pair.aligned, trace, support, None)
    probabilities = teacher.probabilities(logits.clone(), slice(None))
    torch.testing.assert_close(probabilities, logits.exp() / logits.exp().sum(1, keepdim=True))


def test_without_truncation_it_is_the_kl_that_is_reported(planted):
    pair, trace, delta = planted
    (objective,) = build_validation_objectives(pair, torch.arange(VOCABULARY), trace, None, [pair.base])
    student = pair.base.with_residual(delta)
    reported = kl_divergence(pair.aligned.logits(trace.aligned_hidden), student.logits(trace.base_hidden))
    assert objective.mean_kl(student.logits) == pytest.approx(reported.mean().item())


def some_positions(count: int) -> Trace:
    numbers, states = torch.empty(count, dtype=torch.int64, device="meta"), torch.empty(count, 32, device="meta")
    return Trace(numbers, numbers, numbers, states, states)


def test_what_is_stored_takes_at_most_256_mib():
    """On tensors without content: teacher probabilities and states of 64 numbers a position."""
    pair = Pair(*(OutputHead(torch.empty(32, 32, device="meta")) for _ in range(2)))
    tokens = torch.arange(32, device="meta")
    most = 256 * 2**20 // (4 * 64)
    for positions, is_stored in ((1, True), (most, True), (most + 1, False)):
        teacher = Teacher(*(torch.empty(positions, device="meta") for _ in range(2)))
        objective = build_training_objective(pair, tokens, some_positions(positions), teacher, pair.base)
        assert (objective.stored is not None) == is_stored


def test_tokens_that_tie_with_the_last_that_counts_count_too():
    """As the unused rows of a padded vocabulary do, which are all the same."""
    logits = torch.tensor([[2.0, 1.0, 1.0, 0.0]])
    probabilities = Teacher.of(logits, support=2).probabilities(logits.clone(), slice(None))
    torch.testing.assert_close(probabilities, torch.tensor([[2.0, 1.0, 1.0, -math.inf]]).softmax(-1))
