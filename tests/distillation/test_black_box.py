"""Black-box heads that are trained on planted maps of logits."""

from dataclasses import replace

import pytest
import torch

from superficial.config.distillation import BlackBoxSettings
from superficial.distillation.black_box import build_black_box_objective, logit_gradient
from superficial.distillation.heads import train_black_box_heads
from superficial.distillation.joined import Lesson, distil_black_box
from superficial.distillation.occurring_tokens import occurring_tokens
from superficial.heads.black_box import BlackBoxHead, top_k
from superficial.heads.restriction import Restriction
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

VOCABULARY = 24
IDENTITY = OutputHead(torch.eye(VOCABULARY))
ALL = Restriction.none(VOCABULARY)
SOME = Restriction(torch.tensor([0, 2, 3, 9, 20]), torch.tensor([1, 2, 8, 21]), VOCABULARY)


def planted(seed: int, positions: int, head: BlackBoxHead) -> Trace:
    """A trace whose aligned logits are those of a known head: the hidden states are logits."""
    base = 3 * torch.randn(positions, VOCABULARY, generator=torch.Generator().manual_seed(seed))
    index = torch.arange(positions)
    return Trace(index, torch.zeros_like(index), torch.zeros_like(index), base, head.student_logits(None, base))


@pytest.fixture
def head():
    weight = 0.3 * torch.randn(VOCABULARY, VOCABULARY, generator=torch.Generator().manual_seed(1))
    return BlackBoxHead.dense(weight, 6)


def test_a_planted_map_is_learned(head):
    train, validation = planted(2, 4000, head), planted(3, 400, head)
    settings = BlackBoxSettings(learning_rate=0.02, epsilon=1e-8, epochs=30, batch_size=200)
    lessons = [Lesson(Pair(IDENTITY, IDENTITY), train, validation)]
    right = distil_black_box(lessons, 6, settings, ALL)
    wrong = distil_black_box(lessons, 1, settings, ALL)
    assert min(right.validation_kl) < 0.02 * right.validation_kl[0]
    assert min(wrong.validation_kl) > 10 * min(right.validation_kl)
    student = BlackBoxHead.dense(right.matrix, 6).student_logits(None, validation.base_hidden)
    kl = kl_divergence(validation.aligned_hidden, student).mean().item()
    # Hardly any KL is left: what remains of it is rounding.
    assert kl == pytest.approx(min(right.validation_kl), abs=1e-5 * right.validation_kl[0])


@pytest.mark.parametrize("restriction", [ALL, SOME], ids=["all", "some"])
@pytest.mark.parametrize("stored_bytes", [0, 2**28])
def test_value_and_gradient_are_those_of_automatic_differentiation(head, monkeypatch, stored_bytes, restriction):
    monkeypatch.setattr("superficial.distillation.black_box._STORED_BYTES", stored_bytes)
    trace = planted(2, 50, head)
    objective = build_black_box_objective(Pair(IDENTITY, IDENTITY), trace, 4, restriction)
    weight = torch.randn(len(restriction.rows), len(restriction.columns)).requires_grad_()
    positions = torch.tensor([3, 40, 7, 11])

    def kl(at) -> torch.Tensor:
        base = trace.base_hidden[at]
        dense = torch.zeros(VOCABULARY, VOCABULARY).index_put((restriction.rows[:, None], restriction.columns), weight)
        return kl_divergence(trace.aligned_hidden[at], base + top_k(base, 4) @ dense.T).mean()

    (expected,) = torch.autograd.grad(kl(positions), weight)
    torch.testing.assert_close(objective.gradient(positions, weight.detach()), expected)
    assert objective.total_kl(weight.detach()) == pytest.approx(50 * kl(slice(None)).item(), rel=1e-5)


def dense_training(
    train: Trace, validation: Trace, k: int, settings: BlackBoxSettings, fixed: torch.Tensor
) -> tuple[torch.Tensor, list[float]]:
    """A dense W_trans by automatic differentiation and torch's Adam, in the library's batches; `fixed` rows stay 0."""
    weight = torch.zeros(VOCABULARY, VOCABULARY, requires_grad=True)
    adam = torch.optim.Adam([weight], lr=settings.learning_rate, eps=settings.epsilon)
    steps = settings.epochs * -(-len(train) // settings.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)

    def kl(trace: Trace, at) -> torch.Tensor:
        base = trace.base_hidden[at]
        return kl_divergence(trace.aligned_hidden[at], base + top_k(base, k) @ weight.T).mean()

    generator, history = torch.Generator().manual_seed(0), [kl(validation, slice(None)).item()]
    for _ in range(settings.epochs):
        for batch in torch.randperm(len(train), generator=generator).split(settings.batch_size):
            (gradient,) = torch.autograd.grad(kl(train, batch), weight)
            weight.grad = gradient.masked_fill(fixed, 0.0)
            adam.step()
            schedule.step()
        history.append(kl(validation, slice(None)).item())
    return weight.detach(), history


def test_without_a_seed_the_order_of_positions_is_that_of_seed_0(head):
    train, validation = planted(2, 300, head), planted(3, 60, head)
    settings = BlackBoxSettings(learning_rate=0.02, epsilon=1e-4, epochs=2, batch_size=50)
    trained = distil_black_box([Lesson(Pair(IDENTITY, IDENTITY), train, validation)], 6, settings, ALL)
    weight, history = dense_training(train, validation, 6, settings, torch.zeros(VOCABULARY, 1, dtype=torch.bool))
    assert trained.validation_kl == pytest.approx(history, rel=1e-4)
    torch.testing.assert_close(trained.matrix, weight, rtol=1e-3, atol=1e-4)


def with_low_tokens(trace: Trace) -> Trace:
    """A trace in which a quarter of the tokens are never among the base's first 6, and a quarter hardly ever."""
    low = torch.tensor([0.0, -20.0, 0.0, -5.0]).repeat(VOCABULARY // 4)
    return replace(trace, base_hidden=trace.base_hidden + low, aligned_hidden=trace.aligned_hidden + low)


@pytest.mark.parametrize("teacher_top", [None, 2])
@pytest.mark.parametrize("k", [2, 6])
def test_a_restricted_w_trans_is_the_dense_one(head, k, teacher_top):
    """No column that occurs is missing, and a dense W_trans, whose other columns have no gradient, ends the same."""
    train, validation = with_low_tokens(planted(2, 300, head)), with_low_tokens(planted(3, 60, head))
    settings = BlackBoxSettings(learning_rate=0.02, epsilon=1e-4, epochs=4, batch_size=50, teacher_top=teacher_top)
    (trained,) = train_black_box_heads(Pair(IDENTITY, IDENTITY), train, validation, settings, [k])
    rows, columns = trained.restriction.rows, trained.restriction.columns
    assert columns.tolist() == train.base_hidden.topk(k).indices.unique().tolist() and len(columns) < VOCABULARY
    ranked = train.aligned_hidden.topk(teacher_top or VOCABULARY).indices.unique()
    assert rows.tolist() == ranked.tolist() and (teacher_top is None or len(rows) < VOCABULARY)

    fixed = torch.ones(VOCABULARY, 1, dtype=torch.bool)
    fixed[rows] = False
    weight, history = dense_training(train, validation, k, settings, fixed)
    assert trained.card["validation_kl"] == pytest.approx(history, rel=1e-4)
    assert min(history) == history[-1], "the trained head is that of the last epoch"
    dense = torch.zeros(VOCABULARY, VOCABULARY).index_put((rows[:, None], columns), trained.weight)
    torch.testing.assert_close(dense, weight, rtol=1e-3, atol=1e-4)
    logits = validation.base_hidden
    expected = BlackBoxHead.dense(weight, k).student_logits(None, logits)
    torch.testing.assert_close(trained.student_logits(None, logits), expected, rtol=1e-4, atol=1e-3)


def test_at_the_limit_those_tokens_remain_that_weigh_most(head):
    train = with_low_tokens(planted(2, 300, head))
    settings = BlackBoxSettings(learning_rate=0.02, epsilon=1e-4, epochs=4, batch_size=50, token_limit=5)
    restrictions = occurring_tokens([Lesson(Pair(IDENTITY, IDENTITY), train, train)], [1, 6], settings)
    difference = (train.aligned_hidden.softmax(-1) - train.base_hidden.softmax(-1)).abs().sum(0)
    for k, restriction in restrictions.items():
        assert restriction.rows.tolist() == sorted(difference.topk(5).indices.tolist())
        assert restriction.columns.tolist() == sorted(top_k(train.base_hidden, k).sum(0).topk(5).indices.tolist())


def test_no_token_that_does_not_occur_is_taken_to_reach_the_limit(head):
    """Not if fewer occur than the limit allows, and not if those that occur weigh nothing."""
    train = with_low_tokens(planted(2, 300, head))
    settings = BlackBoxSettings(
        learning_rate=0.02, epsilon=1e-4, epochs=4, batch_size=50, teacher_top=1, token_limit=VOCABULARY - 1
    )
    (lesson,) = [Lesson(Pair(IDENTITY, IDENTITY), train, train)]
    restriction = occurring_tokens([lesson], [1], settings)[1]
    assert restriction.rows.tolist() == train.aligned_hidden.argmax(-1).unique().tolist()
    assert restriction.columns.tolist() == train.base_hidden.argmax(-1).unique().tolist()
    same = replace(train, aligned_hidden=train.base_hidden)
    few = settings.with_changes(token_limit=3)
    restriction = occurring_tokens([replace(lesson, train=same)], [1], few)[1]
    assert restriction.rows.tolist() == same.base_hidden.argmax(-1).unique()[:3].tolist()


def test_what_is_stored_takes_at_most_256_mib():
    """On tensors without content: three rows of 1,024 logits a position."""
    head = OutputHead(torch.empty(1024, 1, device="meta"))
    most = 256 * 2**20 // (3 * 4 * 1024)
    for positions, is_stored in ((most, True), (most + 1, False)):
        numbers = torch.empty(positions, dtype=torch.int64, device="meta")
        states = torch.empty(positions, 1, device="meta")
        trace = Trace(numbers, numbers, numbers, states, states)
        objective = build_black_box_objective(Pair(head, head), trace, 5, Restriction.none(1024).to("meta"))
        assert (objective.stored is not None) == is_stored


def test_the_gradient_in_logits_is_that_of_automatic_differentiation():
    teacher, student = torch.randn(7, 11), torch.randn(7, 11, requires_grad=True)
    kl_divergence(teacher, student).mean().backward()
    torch.testing.assert_close(logit_gradient(teacher, student.detach()), student.grad)


def test_the_best_epoch_is_kept_not_the_last(head):
    """Steps this large overshoot: the KL rises again, or stays above that of the zero start."""
    train, validation = planted(2, 100, head), planted(3, 40, head)
    settings = BlackBoxSettings(learning_rate=3.0, epsilon=1e-4, epochs=3, batch_size=100)
    trained = distil_black_box([Lesson(Pair(IDENTITY, IDENTITY), train, validation)], 6, settings, ALL)
    best = min(trained.validation_kl)
    assert best < trained.validation_kl[-1]
    student = BlackBoxHead.dense(trained.matrix, 6).student_logits(None, validation.base_hidden)
    kl = kl_divergence(validation.aligned_hidden, student).mean().item()
    assert kl == pytest.approx(best, rel=1e-3)
