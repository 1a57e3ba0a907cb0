"""The solver against planted truths, a general minimiser and plain Adam, on pairs of the kinds that it must serve."""

from dataclasses import replace

import pytest
import torch
from scipy.optimize import minimize

from superficial.config.distillation import DistillationSettings
from superficial.distillation import solver
from superficial.distillation.residual import distil, teacher_top_tokens
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace
from tests.support.tiny_models import head_only_pair

OURS = DistillationSettings()


def drawn(generator, *shape):
    return torch.randn(*shape, generator=generator)


def traced(base_hidden, aligned_hidden):
    numbers = torch.arange(len(base_hidden))
    return Trace(numbers, numbers, numbers, base_hidden, aligned_hidden)


def pair_of(kind, vocabulary=40, width=8, positions=900):
    """A pair of heads, training and validation positions: the aligned states are a function of the base's states."""
    generator = torch.Generator().manual_seed(1)
    scales = torch.linspace(2, 0.2, width)
    base_hidden = drawn(generator, positions, width) * scales
    base, other = (OutputHead(drawn(generator, vocabulary, width)) for _ in range(2))
    change = 0.5 * torch.tanh(base_hidden @ drawn(generator, width, width)) @ drawn(generator, width, width)
    if kind == "fine-tuned":
        aligned_hidden, aligned = base_hidden + 0.3 * change, base
    elif kind == "head-only":
        aligned_hidden, aligned = base_hidden, other
    elif kind == "independent heads":
        aligned_hidden, aligned = (base_hidden + 0.3 * change) @ drawn(generator, width, width), other
    else:
        assert kind == "another width"
        aligned = OutputHead(drawn(generator, vocabulary, width + 3))
        aligned_hidden = (base_hidden + 0.3 * change) @ drawn(generator, width, width + 3)
    trace = traced(base_hidden, aligned_hidden)
    return Pair(base, aligned), trace.select(slice(0, 600)), trace.select(slice(600, None))


KINDS = ("fine-tuned", "head-only", "independent heads", "another width")


def best_by_adam(pair, train, validation):
    settings = [
        OURS.with_changes(adam={"learning_rate": rate, "epsilon": 1e-8, "epochs": 150, "batch_size": 600})
        for rate in (1e-2, 3e-2)
    ]
    return min(min(distil(pair, train, validation, each).validation_kl) for each in settings)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_as_good_as_the_best_adam(kind):
    pair, train, validation = pair_of(kind)
    trained = distil(pair, train, validation, OURS)
    assert min(trained.validation_kl) <= best_by_adam(pair, train, validation)
    student = pair.base.with_residual(trained.matrix).logits(validation.base_hidden)
    reported = kl_divergence(pair.aligned.logits(validation.aligned_hidden), student).mean().item()
    assert min(trained.validation_kl) == pytest.approx(reported, rel=1e-4, abs=1e-6)


def test_the_reported_kl_is_that_of_all_validation_positions(monkeypatch):
    monkeypatch.setattr("superficial.distillation.solver._CHECKED", 20)
    pair, train, validation = pair_of("fine-tuned")
    trained = distil(pair, train, validation, OURS)
    student = pair.base.with_residual(trained.matrix).logits(validation.base_hidden)
    reported = kl_divergence(pair.aligned.logits(validation.aligned_hidden), student).mean().item()
    assert trained.kept_kl == pytest.approx(reported, rel=1e-4)


def test_another_head_on_the_same_body_is_recovered_exactly():
    pair, train, validation = pair_of("head-only")
    trained = distil(pair, train, validation, OURS)
    assert min(trained.validation_kl) < 1e-6 < 1 < trained.validation_kl[0]
    torch.testing.assert_close(trained.matrix, pair.aligned.weight - pair.base.weight, atol=1e-4, rtol=0)
    pair, train, validation = head_only_pair()
    trained = distil(pair, train, validation, OURS)
    assert min(trained.validation_kl) < 1e-4 * trained.validation_kl[0]


def test_where_a_map_explains_everything_no_search_begins(monkeypatch):
    def begins(*_):
        raise AssertionError("a search began")

    monkeypatch.setattr(solver, "search_by_batches", begins)
    pair, train, validation = pair_of("head-only")
    trained = distil(pair, train, validation, OURS)
    assert min(trained.validation_kl) < 1e-4 * trained.validation_kl[0]


def test_a_pair_of_equals_has_nothing_to_learn():
    _, train, validation = pair_of("fine-tuned")
    head = pair_of("fine-tuned")[0].base
    same = [traced(part.base_hidden, part.base_hidden) for part in (train, validation)]
    for settings in (OURS, OURS.with_changes(rank=2), OURS.with_changes(teacher_top=2)):
        trained = distil(Pair(head, head), same[0], same[1], settings)
        assert trained.validation_kl == [pytest.approx(0, abs=1e-5)], "no search begins"
        assert not trained.matrix.any()


def test_validated_on_the_training_positions_it_ends_at_the_minimum():
    pair, train, _ = pair_of("fine-tuned", vocabulary=8, width=4)
    hidden = train.base_hidden.double()
    teacher = pair.aligned.logits(train.aligned_hidden).double().log_softmax(-1)

    def kl(flat):
        delta = torch.from_numpy(flat).view(8, 4).requires_grad_()
        student = (hidden @ (pair.base.weight.double() + delta).T).log_softmax(-1)
        value = (teacher.exp() * (teacher - student)).sum(-1).mean()
        value.backward()
        return value.item(), delta.grad.flatten().numpy()

    expected = minimize(kl, torch.zeros(32).double().numpy(), jac=True, method="L-BFGS-B", options={"ftol": 1e-13})
    trained = distil(pair, train, train, OURS)
    assert min(trained.validation_kl) == pytest.approx(expected.fun, rel=1e-3)


@pytest.mark.parametrize("rank", [1, 3])
def test_a_low_rank_has_that_rank_and_is_as_good_as_the_truncated_optimum(rank):
    pair, train, validation = pair_of("fine-tuned")
    full, low = (distil(pair, train, validation, OURS.with_changes(rank=each)) for each in (None, rank))
    assert torch.linalg.matrix_rank(low.matrix, rtol=1e-4).item() == rank
    assert min(full.validation_kl) < min(low.validation_kl) < low.validation_kl[0]
    left, size, right = torch.linalg.svd(full.matrix)
    truncated = (left[:, :rank] * size[:rank]) @ right[:rank]
    student = pair.base.with_residual(truncated).logits(validation.base_hidden)
    kl = kl_divergence(pair.aligned.logits(validation.aligned_hidden), student).mean().item()
    assert min(low.validation_kl) < kl


def test_the_result_is_the_average_of_both_students_that_validates_best(monkeypatch):
    pair, train, validation = pair_of("fine-tuned")
    settings = OURS.with_changes(teacher_top=2)
    trained = distil(pair, train, validation, settings)

    def validation_kl(delta):
        student = pair.base.with_residual(delta).logits(validation.base_hidden)
        return kl_divergence(pair.aligned.logits(validation.aligned_hidden), student).mean().item()

    students = []
    for weight in (0.0, 1.0):
        monkeypatch.setattr("superficial.distillation.solver._WEIGHTS", (weight,))
        students.append(distil(pair, train, validation, settings).matrix)
    of_map, of_rows = students
    is_trained = torch.zeros(pair.vocabulary_size, dtype=torch.bool)
    is_trained[teacher_top_tokens(pair.aligned, train, 2)] = True
    assert not of_rows[~is_trained].any() and of_rows[is_trained].any(1).all() and of_map[~is_trained].any()
    averages = [of_map + share / 10 * (of_rows - of_map) for share in range(11)]
    expected = [validation_kl(torch.zeros_like(of_map)), *map(validation_kl, averages)]
    assert trained.validation_kl == pytest.approx(expected, rel=1e-4)
    best = min(averages, key=validation_kl)
    torch.testing.assert_close(trained.matrix, best, atol=1e-5, rtol=1e-4)


def test_the_first_steps_change_a_logit_by_seven_tenths_at_most(monkeypatch):
    """A step changes every entry by the rate, each with the sign that adds up."""
    rates = []
    monkeypatch.setattr(
        "superficial.distillation.solver.search_by_batches", lambda gradient, *numbers: rates.append(numbers[2])
    )
    pair, train, validation = pair_of("independent heads")
    distil(pair, train, validation, OURS.with_changes(teacher_top=2))
    (rate,) = rates
    changes = torch.stack([(rate * state.sign()) @ state for state in train.base_hidden])
    assert changes.mean().item() == pytest.approx(0.7, rel=1e-4)


def test_the_search_lowers_the_kl_of_the_base_with_trained_rows(monkeypatch):
    """Rows that are not trained stay the base's."""
    searches = []
    monkeypatch.setattr(
        solver, "search_by_batches", lambda gradient, *numbers: searches.append((gradient, numbers[-1].point))
    )
    pair, train, validation = pair_of("independent heads")
    distil(pair, train, validation, OURS.with_changes(teacher_top=2))
    tokens = teacher_top_tokens(pair.aligned, train, 2)
    ((gradient, start),) = searches
    assert torch.equal(start, pair.base.weight[tokens])
    moved, some = (0.9 * start).requires_grad_(), torch.arange(100)
    student = train.base_hidden[some] @ pair.base.weight.index_copy(0, tokens, moved).T
    teacher = pair.aligned.logits(train.aligned_hidden[some])
    (expected,) = torch.autograd.grad(kl_divergence(teacher, student).mean(), moved)
    torch.testing.assert_close(gradient(some, moved.detach()), expected, atol=1e-5, rtol=1e-3)


def test_where_both_models_hardly_differ_the_search_begins_all_the_same(monkeypatch):
    begun = []
    monkeypatch.setattr(solver, "search_by_batches", lambda *of: begun.append(of))
    pair, *traces = pair_of("fine-tuned")
    train, validation = (
        traced(part.base_hidden, torch.lerp(part.base_hidden, part.aligned_hidden, 0.05)) for part in traces
    )
    trained = distil(pair, train, validation, OURS)
    assert trained.validation_kl[0] < 0.01 and len(begun) == 1


@pytest.mark.parametrize("rank", [None, 2])
def test_where_no_student_is_better_than_the_base_nothing_is_changed(monkeypatch, rank):
    """The map and the rows are worse on all validation positions, as they may be if few tell when to stop."""
    monkeypatch.setattr(solver, "best_map", lambda *_: 9 * torch.eye(8).flip(0))
    monkeypatch.setattr(solver, "search_by_batches", lambda *of: setattr(of[-1], "point", 9 * of[-1].point.flip(0)))
    monkeypatch.setattr(solver, "search_by_all", lambda *_: None)
    pair, train, validation = pair_of("fine-tuned")
    trained = distil(pair, train, validation, OURS.with_changes(rank=rank))
    assert min(trained.validation_kl[1:]) > trained.validation_kl[0] + 1
    assert not trained.matrix.any()


@pytest.mark.parametrize("common", [3, 10, 50])
def test_what_all_logits_have_in_common_takes_no_rank(common):
    """At rank 1, a change of all logits by as much would displace the one direction that changes probabilities."""
    generator = torch.Generator().manual_seed(2)
    base = drawn(generator, 40, 8)
    aligned = base + drawn(generator, 40, 1) @ drawn(generator, 1, 8) + common * drawn(generator, 1, 8)
    pair, hidden = Pair(OutputHead(base), OutputHead(aligned)), drawn(generator, 900, 8)
    trace = traced(hidden, hidden)
    train, validation = trace.select(slice(0, 600)), trace.select(slice(600, None))
    trained = distil(pair, train, validation, OURS.with_changes(rank=1))
    assert torch.linalg.matrix_rank(trained.matrix, rtol=1e-4) == 1
    assert trained.validation_kl[0] > 0.5 and trained.kept_kl < 1e-3


def test_a_search_of_factors_begins_at_them_even_where_the_base_is_better(monkeypatch):
    """At factors of 0 there is no slope."""
    monkeypatch.setattr(solver, "best_map", lambda *_: 9 * torch.eye(8).flip(0))
    monkeypatch.setattr(solver, "search_by_batches", lambda *of: setattr(of[-1], "point", 9 * of[-1].point.flip(0)))
    pair, train, validation = pair_of("fine-tuned")
    trained = distil(pair, train, validation, OURS.with_changes(rank=2))
    assert trained.validation_kl[1] > trained.validation_kl[0] + 1
    assert len(trained.validation_kl) > 2 and trained.kept_kl < 0.9 * trained.validation_kl[0]


def test_models_that_differ_at_one_position_in_thousands_are_not_taken_for_the_same():
    pair, _, _ = pair_of("fine-tuned")
    hidden = drawn(torch.Generator().manual_seed(3), 9000, 8)
    trace = traced(hidden, hidden)
    train, validation = trace.select(slice(0, 6000)), trace.select(slice(6000, None))
    unseen = sorted(set(range(3000)) - set(solver._sample(3000, 1024).tolist()))[0]
    aligned = validation.aligned_hidden.clone()
    aligned[unseen] *= -1
    trained = distil(pair, train, replace(validation, aligned_hidden=aligned), OURS)
    student = pair.base.logits(hidden[6000:])
    expected = kl_divergence(pair.aligned.logits(aligned), student).mean().item()
    assert trained.validation_kl[0] == pytest.approx(expected, rel=1e-3) and expected > 1e-4


@pytest.mark.parametrize(("train", "validation"), [(0, 300), (600, 0)])
def test_without_positions_nothing_is_distilled(train, validation):
    pair, *traces = pair_of("fine-tuned")
    few = [trace.select(slice(0, count)) for trace, count in zip(traces, (train, validation), strict=True)]
    with pytest.raises(ValueError, match=r"There is no position to (train|validate) on: give at least two"):
        distil(pair, few[0], few[1], OURS)


@pytest.mark.parametrize("rank", [8, 9])
def test_a_rank_that_is_not_below_the_width_restricts_nothing(monkeypatch, rank):
    monkeypatch.setattr(solver, "search_by_batches", lambda *_: None)
    pair, train, validation = pair_of("fine-tuned", width=8)
    full, other = (distil(pair, train, validation, OURS.with_changes(rank=each)) for each in (None, rank))
    assert torch.equal(full.matrix, other.matrix) and full.validation_kl == other.validation_kl


def test_a_rank_of_more_than_the_trained_rows_leaves_all_others_to_the_base():
    pair, train, validation = pair_of_top_tokens(vocabulary=40, width=8)
    trained = distil(pair, train, validation, OURS.with_changes(teacher_top=1, rank=6))
    assert trained.matrix[:4].any() and not trained.matrix[4:].any()
    assert trained.kept_kl < 0.5 * trained.validation_kl[0]


def pair_of_top_tokens(vocabulary, width=4):
    """A pair in which each of the first four tokens is the teacher's first at some position, and no other one is."""
    pair, train, validation = pair_of("fine-tuned", vocabulary, width)
    is_top = torch.arange(vocabulary) < 4
    size, bias = torch.where(is_top, 1.0, 0.2)[:, None], torch.where(is_top, 8.0, -1.0)
    pair = Pair(OutputHead(size * pair.base.weight, bias), OutputHead(size * pair.aligned.weight, bias))
    assert pair.aligned.logits(train.aligned_hidden).argmax(-1).unique().tolist() == [0, 1, 2, 3]
    return pair, train, validation


@pytest.mark.parametrize("vocabulary", [7, 8, 9])
def test_without_a_setting_all_rows_are_trained_where_more_than_half_of_the_tokens_rank_high(monkeypatch, vocabulary):
    monkeypatch.setattr("superficial.distillation.solver._TOP", 1)
    pair, train, validation = pair_of_top_tokens(vocabulary)
    found, of_top, of_all = (
        distil(pair, train, validation, OURS.with_changes(teacher_top=top)).matrix for top in (None, 1, vocabulary)
    )
    assert not torch.equal(of_top, of_all)
    assert torch.equal(found, of_all if vocabulary < 8 else of_top)


def test_validation_positions_choose_the_map(monkeypatch):
    """One map is exact on the training positions, the other on the validation positions."""
    pair, *traces = pair_of("fine-tuned")
    maps = [torch.eye(8), -torch.eye(8)]
    train, validation = (
        traced(trace.base_hidden, trace.base_hidden @ linear_map)
        for trace, linear_map in zip(traces, maps, strict=True)
    )
    monkeypatch.setattr(solver, "linear_maps", lambda *_: iter(maps))
    monkeypatch.setattr(solver, "_WEIGHTS", (0.0,))
    trained = distil(pair, train, validation, OURS)
    torch.testing.assert_close(trained.matrix, -pair.aligned.weight - pair.base.weight)


def test_without_a_setting_the_first_20_tokens_of_the_teacher_count(monkeypatch):
    tops, original = [], solver.survey_teacher
    monkeypatch.setattr(solver, "survey_teacher", lambda *of: tops.append(of[-1]) or original(*of))
    pair, train, validation = pair_of("fine-tuned")
    distil(pair, train, validation, OURS)
    assert tops == [20]


@pytest.mark.parametrize("directions", [8, 6], ids=["every direction", "directions that no state has"])
def test_a_rank_begins_where_it_changes_the_logits_least(monkeypatch, directions):
    pair, *traces = pair_of("fine-tuned")
    has_states = (torch.arange(8) < directions).float()
    train, validation = (replace(trace, base_hidden=trace.base_hidden * has_states) for trace in traces)
    full, begun = distil(pair, train, validation, OURS).matrix.double(), []
    full -= full.mean(0)
    monkeypatch.setattr(solver, "search_by_all", lambda function, start, best: begun.append((function, start)))
    low = distil(pair, train, validation, OURS.with_changes(rank=2)).matrix.double()
    hidden = train.base_hidden.double()
    # Eckart-Young on the logits themselves.
    singular = torch.linalg.svdvals(hidden @ full.T)
    assert (hidden @ (full - low).T).square().sum().item() == pytest.approx(
        singular[2:].square().sum().item(), rel=1e-3
    )
    ((function, flat),) = begun
    left, right = flat[: 40 * 2].view(40, 2), flat[40 * 2 :].view(2, 8)
    torch.testing.assert_close((left @ right).double(), low, atol=1e-5, rtol=1e-4)
    # Both factors are of one size, the right one as the states see it.
    seen = (hidden @ right.double().T).square().mean(0).sqrt()
    torch.testing.assert_close(left.double().norm(dim=0), seen, rtol=1e-3, atol=0)
    moved = (flat + 0.1).requires_grad_()
    rows = pair.base.weight + moved[: 40 * 2].view(40, 2) @ moved[40 * 2 :].view(2, 8)
    kl = kl_divergence(pair.aligned.logits(train.aligned_hidden), train.base_hidden @ rows.T).mean()
    (expected,) = torch.autograd.grad(kl, moved)
    torch.testing.assert_close(function(moved.detach())[1], expected, atol=1e-5, rtol=1e-3)


def test_the_order_of_positions_is_that_of_the_seed(monkeypatch):
    pair, train, validation = pair_of("fine-tuned")
    monkeypatch.setattr("superficial.distillation.averaged_adam._SMALLEST", 100)
    first, again, other = (distil(pair, train, validation, OURS, seed).matrix for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert min(distil(pair, train, validation, OURS).validation_kl) <= best_by_adam(pair, train, validation)


def test_what_is_stored_changes_nothing(monkeypatch):
    pair, train, validation = pair_of("independent heads")
    settings = OURS.with_changes(teacher_top=3)
    stored = distil(pair, train, validation, settings)
    monkeypatch.setattr("superficial.distillation.objective._STORED_BYTES", 0)
    monkeypatch.setattr("superficial.distillation.objective.positions_at_once", lambda _: 100)
    recomputed = distil(pair, train, validation, settings)
    assert min(recomputed.validation_kl) == pytest.approx(min(stored.validation_kl), rel=1e-2)
