"""Intervals against closed forms and other implementations."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, norm, t

from bench import intervals as study
from superficial.measures.intervals import (
    NOT_JUDGED,
    RESAMPLES,
    Estimate,
    mean,
    mean_difference,
    mean_of_columns,
    mean_of_samples,
    rate,
    ratio,
    ratio_difference,
    resampled_means,
    tail_share,
    wilson,
)
from superficial.measures.question_scores import QuestionScores, unclustered


def ends(estimate: Estimate) -> tuple[float, float]:
    return estimate.low, estimate.high


def width(estimate: Estimate) -> float:
    return estimate.high - estimate.low


def copied(values: np.ndarray, copies: int) -> QuestionScores:
    """Return scores in which every question stands several times, in a cluster of its own."""
    return QuestionScores("copied", np.repeat(values, copies), np.repeat(np.arange(len(values)), copies))


@pytest.mark.parametrize(("successes", "n"), [(66, 100), (0, 80), (80, 80), (1, 3), (1400, 2800)])
def test_wilson_agrees_with_scipys(successes, n):
    theirs = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert ends(wilson(successes, n)) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_rounding_takes_no_end_beyond_0_or_1():
    for n in range(1, 100):
        assert (wilson(0, n).low, wilson(n, n).high) == (0, 1)


def test_a_rate_of_unrelated_questions_is_wilsons():
    scores = np.repeat([0.0, 1.0, np.nan], [20, 60, 7])
    assert rate(unclustered(scores)) == wilson(60, 80)
    assert rate(unclustered(np.repeat(scores, 5))) == wilson(300, 400)
    assert rate(copied(np.ones(40), 2)) == wilson(80, 80)


def test_copies_of_questions_are_no_evidence():
    values = (np.random.default_rng(0).random(60) < 0.4).astype(float)
    once, four_times = rate(unclustered(values)), rate(copied(values, 4))
    assert four_times.value == once.value
    assert 1 < width(four_times) / width(once) < 1.06
    once, four_times = mean(unclustered(values), seed=0), mean(copied(values, 4), seed=0)
    assert 0.9 < width(four_times) / width(once) < 1.1
    as_if_new = mean(unclustered(np.repeat(values, 4)), seed=0)
    assert width(as_if_new) < 0.6 * width(once)


def test_the_percentiles_are_those_of_a_t_interval():
    """For clusters of a normal mean, the expanded percentile interval is x +- t s / sqrt(n)."""
    assert tail_share(10**6) == pytest.approx(0.025, abs=1e-5)
    for clusters in (2, 4, 8, 28):
        expected = t.ppf(0.975, clusters - 1) / np.sqrt((clusters - 1) / clusters)
        assert -norm.ppf(tail_share(clusters)) == pytest.approx(expected)
    assert tail_share(1) == 0


def test_the_bootstrap_agrees_with_scipys():
    rng = np.random.default_rng(0)
    whole = rng.integers(10, 50, 400).astype(float)
    part = np.floor(whole * rng.random(400))
    theirs = bootstrap(
        (part, whole),
        lambda p, w, axis=-1: p.sum(axis) / w.sum(axis),
        paired=True,
        n_resamples=5000,
        method="percentile",
        rng=rng,
    ).confidence_interval
    assert ends(ratio(part, whole, seed=0)) == pytest.approx((theirs.low, theirs.high), abs=0.004)
    theirs = bootstrap((part,), np.mean, n_resamples=5000, method="percentile", rng=rng).confidence_interval
    ours = mean(unclustered(part, (0, 50)), seed=0)
    assert ends(ours) == pytest.approx((theirs.low, theirs.high), abs=0.3)


def test_a_paired_difference_is_narrower_than_two_independent_ones():
    left = np.random.default_rng(2).integers(0, 2, 300).astype(float)
    right = left.copy()
    right[:30] = 1 - right[:30]
    paired = mean_difference(unclustered(left), unclustered(right), seed=0)
    assert paired.value == pytest.approx((left - right).mean())
    # 30 differences of +-1 among 300: the variance of the mean is about 0.1 / 300.
    assert width(paired) == pytest.approx(2 * 1.96 * np.sqrt(0.1 / 300), rel=0.15)


def test_scores_of_different_questions_are_refused():
    with pytest.raises(ValueError, match="3 and 2"):
        mean_difference(unclustered(np.ones(3)), unclustered(np.ones(2)), seed=0)
    other = QuestionScores("", np.ones(3), np.array([2, 1, 0]))
    with pytest.raises(ValueError, match="another order"):
        mean_difference(unclustered(np.ones(3)), other, seed=0)
    elsewhere = QuestionScores("gsm", np.ones(3), np.arange(3))
    with pytest.raises(ValueError, match="got those of  and gsm, or in another order"):
        mean_difference(unclustered(np.ones(3)), elsewhere, seed=0)
    with pytest.raises(ValueError, match="got those of gsm and , or in another order"):
        mean_difference(elsewhere, unclustered(np.ones(3)), seed=0)


def test_the_scale_of_scores_follows_what_is_done_to_them():
    grades = unclustered(np.array([4.0, np.nan, 1.0]), (1, 5))
    turned = grades.times(-2)
    assert turned.values == pytest.approx([-8, np.nan, -2], nan_ok=True)
    assert turned.scale == (-10, -2)
    assert grades.minus(unclustered(np.full(3, 3.0), (2, 7))).scale == (1 - 7, 5 - 2)
    assert unclustered(np.ones(3)).scale == (0, 1), "without a scale a score is right or wrong"


def test_scores_are_told_apart_as_objects():
    first, second = unclustered(np.ones(3)), unclustered(np.ones(3))
    assert [first, second].index(second) == 1


def test_scores_that_are_all_alike_do_not_give_certainty():
    """At 80 of 80 the interval of a difference is about as wide as Wilson's of a rate."""
    ones = unclustered(np.ones(80))
    difference = mean_difference(ones, unclustered(np.zeros(80)), seed=0)
    assert difference.value == 1
    assert difference.low == pytest.approx(wilson(80, 80).low, abs=0.01)
    no_difference = mean_difference(ones, ones, seed=0)
    assert no_difference.low < 0 < no_difference.high
    harmful = mean(unclustered(np.full(100, 5.0), (1, 5)), seed=0)
    assert 4.8 < harmful.low < 5
    certain = ratio(np.full(30, 3.0), np.full(30, 3.0), seed=0)
    assert certain.value == 1
    assert certain.low < 1


def test_a_resample_has_two_more_values_each_the_lowest_or_the_highest():
    """Of a single prompt or cluster, with 3 of 4 positions or questions, nothing else varies."""
    assert ends(ratio(np.array([3.0]), np.array([4.0]), seed=0)) == pytest.approx((3 / 6, 5 / 6))
    one_cluster = QuestionScores("gsm", np.array([1.0, 1, 0, 1]), np.zeros(4))
    assert ends(mean(one_cluster, seed=0)) == pytest.approx((3 / 6, 5 / 6))
    grades = QuestionScores("advbench", np.array([4.0, 2.0]), np.zeros(2), (1, 5))
    assert ends(mean(grades, seed=0)) == pytest.approx(((6 + 1 + 1) / 4, (6 + 5 + 5) / 4))
    # The two of one ratio do not depend on those of the other.
    left, right = (np.array([3.0]), np.array([4.0])), (np.array([2.0]), np.array([8.0]))
    assert ends(ratio_difference(left, right, seed=0)) == pytest.approx((3 / 6 - 4 / 10, 5 / 6 - 2 / 10))


def test_the_interval_leaves_out_the_value_itself_and_no_resample():
    assert ends(Estimate.of_resampled(np.array([9.0, 1.0, 2.0, 3.0]), clusters=1)) == (1, 3)


@pytest.mark.parametrize(
    ("clusters", "t_of_clusters", "t_of_questions"),
    [
        # Quantiles of a t distribution from a table: of 3 and of 9 degrees of freedom.
        ([[1, 1, 1], [0, 0, 0], [1, 0], [1, 1]], 3.182446, 2.262157),
        # Clusters that are all alike are no evidence of more than their questions.
        ([[1, 0], [1, 0], [0, 1], [1, 0]], None, None),
    ],
)
def test_clustered_questions_count_as_many_as_would_give_their_variance(clusters, t_of_clusters, t_of_questions):
    values = np.concatenate(clusters).astype(float)
    n, share = len(values), values.mean()
    labels = np.repeat(np.arange(len(clusters)), [len(cluster) for cluster in clusters])
    effective = n
    if t_of_clusters:
        residuals = [sum(value - share for value in cluster) for cluster in clusters]
        variance = np.var(residuals, ddof=1) * len(clusters) / n**2
        effective = share * (1 - share) / variance * (t_of_questions / t_of_clusters) ** 2
        assert effective < n
    estimate = rate(QuestionScores("gsm", values, labels))
    assert estimate.value == share
    assert ends(estimate) == pytest.approx(ends(wilson(share * effective, effective)), rel=1e-5)


def test_a_rate_of_zero_or_one_is_wilsons_and_computed_without_a_warning(recwarn):
    for value in (0.0, 1.0):
        scores = QuestionScores("gsm", np.full(30, value), np.arange(30) // 2)
        assert ends(rate(scores)) == ends(wilson(30 * value, 30))
    assert not recwarn.list


def test_columns_of_a_benchmark_are_resampled_together_and_others_apart():
    values = np.random.default_rng(3).normal(size=200)
    one, same = unclustered(values, (0, 0)), unclustered(2 * values + 1, (0, 0))
    elsewhere = QuestionScores("elsewhere", values, np.arange(200, 400), (0, 0))
    means = resampled_means([one, same, elsewhere], seed=4).means
    assert means[0] == pytest.approx([values.mean(), 2 * values.mean() + 1, values.mean()])
    # The two added questions of each column are 0 here, not 1, which moves 200 questions' mean by 1 %.
    assert means[1:, 1] == pytest.approx(2 * means[1:, 0] + 200 / 202)
    assert abs(np.corrcoef(means[1:, 0], means[1:, 2])[0, 1]) < 0.1
    assert np.array_equal(means[:, :2], resampled_means([one, same], seed=4).means)


def test_the_order_of_questions_does_not_matter():
    scores = QuestionScores("", np.arange(12) % 2.0, np.arange(12) // 3)
    backwards = scores.where(np.arange(12)[::-1])
    assert mean(scores, seed=1) == mean(backwards, seed=1)


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

        def binomial(self, *arguments):
            return self.generator.binomial(*arguments)

    scores = (default_rng(0).random(2800) < 0.3).astype(float)
    monkeypatch.setattr(np.random, "default_rng", RecordingGenerator)
    mean(unclustered(scores), seed=0)
    assert drawn_shapes == [(RESAMPLES, 2)]


@pytest.mark.parametrize("name", study.PLANTED)
def test_the_study_finds_95_percent_coverage(name):
    """With 80 trials, 95 % is found as 90 to 100 %; `bench.intervals` takes 1000."""
    for covered in study.coverage(study.PLANTED[name], trials=80).values():
        assert covered >= 0.9


def test_questions_that_were_not_judged_do_not_count():
    scores = np.array([0.0, 1.0, np.nan, 1.0])
    assert mean(unclustered(scores), seed=0).value == pytest.approx(2 / 3)
    other = unclustered(np.array([0.0, np.nan, 0.0, 0.0]))
    assert mean_difference(unclustered(scores), other, seed=0).value == 0.5


def test_of_no_judged_question_nothing_is_known():
    nothing = unclustered(np.full(3, np.nan))
    assert mean(nothing, seed=0) is rate(nothing) is NOT_JUDGED
    assert mean_difference(nothing, unclustered(np.ones(3)), seed=0) is NOT_JUDGED
    assert ratio(np.array([]), np.array([]), seed=0) is NOT_JUDGED
    assert NOT_JUDGED.missing == "not judged"


def test_a_value_that_a_resample_lacks_has_no_interval():
    estimate = Estimate.of_resampled(np.array([1.0, 0.5, np.inf, 0.7]), clusters=10)
    assert estimate.value == 1
    assert np.isnan(estimate.low) and np.isnan(estimate.high)


def test_columns_are_value_and_ends_by_name():
    assert Estimate(2, 1, 3).columns("pooled_") == {"pooled_value": 2, "pooled_low": 1, "pooled_high": 3}


@pytest.mark.parametrize("values", [[1, 0, 1, 1], [1, 1, 1, 1]])
def test_one_cluster_counts_as_one_question(values):
    scores = replace(unclustered(np.array(values)), clusters=np.zeros(4))
    assert rate(scores) == wilson(np.mean(values), 1)


def test_a_mean_of_samples_has_scipys_t_interval(recwarn):
    samples = np.random.default_rng(0).normal(size=7)
    for values in (samples, samples[:2]):
        estimate = mean_of_samples(values)
        theirs = t.interval(0.95, len(values) - 1, values.mean(), values.std(ddof=1) / np.sqrt(len(values)))
        assert (estimate.value, *ends(estimate)) == pytest.approx((values.mean(), *theirs))
    assert np.isnan(mean_of_samples(samples[:1]).low) and not recwarn.list


def test_a_mean_of_columns_is_over_all_columns_with_the_same_questions_drawn_for_each():
    rng = np.random.default_rng(0)
    one = QuestionScores("gsm", rng.integers(0, 2, 200).astype(float), np.arange(200))
    # What one gains another loses: the sum does not vary.
    opposite = QuestionScores("gsm", 1 - one.values, np.arange(200))
    both = mean_of_columns([one, opposite], seed=0)
    assert both.value == pytest.approx(0.5)
    assert width(both) < 0.2 * width(mean_of_columns([one, one], seed=0))
    nothing = QuestionScores("gsm", np.full(200, np.nan), np.arange(200))
    assert mean_of_columns([one, nothing], seed=0) is NOT_JUDGED


def test_a_difference_of_ratios_is_resampled_by_prompt():
    """Against the delta method, on prompts whose two ratios go together."""
    rng = np.random.default_rng(0)
    wholes, other_wholes = rng.integers(5, 15, 500), rng.integers(5, 15, 500)
    level = rng.uniform(0.2, 0.6, 500)
    parts, other_parts = rng.binomial(wholes, level + 0.2), rng.binomial(other_wholes, level)
    estimate = ratio_difference((parts, wholes), (other_parts, other_wholes), seed=0)
    left, right = parts.sum() / wholes.sum(), other_parts.sum() / other_wholes.sum()
    assert estimate.value == pytest.approx(left - right)
    influence = (parts - left * wholes) / wholes.mean() - (other_parts - right * other_wholes) / other_wholes.mean()
    assert width(estimate) == pytest.approx(2 * 1.96 * influence.std() / np.sqrt(500), rel=0.08)
    for left, right in (((parts, wholes), (parts, np.zeros(500))), ((parts, np.zeros(500)), (parts, wholes))):
        assert ratio_difference(left, right, seed=0) is NOT_JUDGED
    nothing = np.array([]), np.array([])
    assert ratio_difference(nothing, nothing, seed=0) is NOT_JUDGED
