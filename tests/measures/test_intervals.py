"""Intervals against closed forms and another implementation."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from bench import intervals as study
from superficial.measures.intervals import (
    NOT_JUDGED,
    RESAMPLES,
    Estimate,
    mean,
    mean_difference,
    ratio,
    resampled_sums,
    wilson,
)


def test_wilson_at_the_papers_sample_size():
    estimate = wilson(66, 100)
    assert (round(estimate.low, 2), round(estimate.high, 2)) == (0.56, 0.75)


def test_bootstrap_mean_agrees_with_the_normal_interval():
    scores = np.random.default_rng(1).normal(3, 2, 400)
    estimate = mean(scores, seed=0)
    half = 1.96 * scores.std() / 20
    assert estimate.low == pytest.approx(scores.mean() - half, abs=0.05)
    assert estimate.high == pytest.approx(scores.mean() + half, abs=0.05)


def test_a_paired_difference_is_narrower_than_two_independent_ones():
    left = np.random.default_rng(2).normal(0, 3, 300)
    right = left - 1 + np.random.default_rng(3).normal(0, 0.1, 300)
    estimate = mean_difference(left, right, seed=0)
    assert estimate.value == pytest.approx(1, abs=0.05)
    assert estimate.high - estimate.low < 0.1
    with pytest.raises(ValueError, match="3 and 2"):
        mean_difference(np.ones(3), np.ones(2), seed=0)


def test_the_bootstrap_agrees_with_scipys():
    rng = np.random.default_rng(0)
    whole = rng.integers(1, 5, 150).astype(float)
    part = np.floor(whole * rng.random(150))
    theirs = bootstrap(
        (part, whole),
        lambda p, w, axis=-1: p.sum(axis) / w.sum(axis),
        paired=True,
        n_resamples=5000,
        method="percentile",
        rng=rng,
    ).confidence_interval
    ours = ratio(part, whole, seed=0)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)
    theirs = bootstrap((part,), np.mean, n_resamples=5000, method="percentile", rng=rng).confidence_interval
    ours = mean(part, seed=0)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_columns_are_resampled_together_whatever_the_order_of_questions():
    scores = np.random.default_rng(3).integers(0, 3, 50).astype(float)
    sums = resampled_sums(scores, 2 * scores + 1, seed=4)
    assert sums[:, 1] == pytest.approx(2 * sums[:, 0] + 50)
    assert (resampled_sums(scores[::-1], 2 * scores[::-1] + 1, seed=4) == sums).all()


def test_the_work_of_a_bootstrap_does_not_grow_with_the_questions(monkeypatch):
    """For 2800 questions with two different scores, each resample draws two numbers; `bench.intervals` times it."""
    default_rng, drawn_shapes = np.random.default_rng, []

    class RecordingGenerator:
        def __init__(self, seed):
            self.generator = default_rng(seed)

        def multinomial(self, *arguments):
            drawn = self.generator.multinomial(*arguments)
            drawn_shapes.append(drawn.shape)
            return drawn

    scores = (default_rng(0).random(2800) < 0.3).astype(float)
    monkeypatch.setattr(np.random, "default_rng", RecordingGenerator)
    mean(scores, seed=0)
    assert drawn_shapes == [(RESAMPLES, 2)]


def test_the_study_finds_95_percent_coverage():
    for benchmark, n in (("truthfulqa", 100), ("gsm", 1319)):
        assert 0.92 <= study.coverage(benchmark, n, trials=400) <= 0.98


def test_questions_that_were_not_judged_do_not_count():
    scores = np.array([0.0, 1.0, np.nan, 1.0])
    assert mean(scores, seed=0) == mean(np.array([0.0, 1.0, 1.0]), seed=0)
    assert mean_difference(scores, np.array([0.0, np.nan, 0.0, 0.0]), seed=0).value == 0.5
    assert ratio(scores, np.full(4, 2.0), seed=0).value == pytest.approx(2 / 6)


def test_of_no_judged_question_nothing_is_known():
    nothing = np.full(3, np.nan)
    assert mean(nothing, seed=0) is ratio(nothing, np.ones(3), seed=0) is NOT_JUDGED
    assert mean_difference(nothing, np.ones(3), seed=0) is NOT_JUDGED
    assert NOT_JUDGED.missing == "not judged"
    assert np.isnan(resampled_sums(np.array([]), seed=0)).all()


def test_a_ratio_whose_resamples_may_lack_a_denominator_has_no_interval():
    estimate = ratio(np.array([1.0, 0.0]), np.array([1.0, 0.0]), seed=0)
    assert estimate.value == 1
    assert np.isnan(estimate.low) and np.isnan(estimate.high)


def test_columns_are_value_and_ends_by_name():
    assert Estimate(2, 1, 3).columns("pooled_") == {"pooled_value": 2, "pooled_low": 1, "pooled_high": 3}
