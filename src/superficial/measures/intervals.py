"""Values with 95 % intervals: Wilson for a rate, bootstrap over clusters of questions for everything else.

Questions about one entity, group or subject are alike, and several models answer the same questions. A bootstrap
therefore draws whole clusters, and draws them once for all models; Wilson's interval counts clustered questions as
fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import norm, t

from superficial.measures.question_scores import QuestionScores

RESAMPLES = 2000
LEVEL = 0.95

Values = Float[np.ndarray, " question"]


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval. Where the value is NaN, `missing` says why in words."""

    value: float
    low: float
    high: float
    missing: str = ""

    @classmethod
    def of_resampled(cls, values: Float[np.ndarray, " resample"], clusters: int) -> Estimate:
        """Return the first of the values, with the interval of all others.

        The percentiles are those of Hesterberg's expanded percentile interval (2015, section 4.1): as far out as a t
        interval is wider than a normal one with the population's variance. With many clusters they are 2.5 and 97.5.
        A resample without a value leaves the interval unknown.

        Args:
            values: the value of the data, then that of each resample; NaN or infinite where it is undefined.
            clusters: how many clusters were drawn from.
        """
        tail = tail_share(clusters)
        resampled = np.where(np.isfinite(values), values, np.nan)[1:]
        low, high = np.quantile(resampled, [tail, 1 - tail])
        return cls(float(values[0]), float(low), float(high))

    def columns(self, prefix: str = "") -> dict[str, float]:
        """Return value, low and high by column name."""
        return {f"{prefix}value": self.value, f"{prefix}low": self.low, f"{prefix}high": self.high}


NOT_JUDGED = Estimate(np.nan, np.nan, np.nan, missing="not judged")
NO_GAP = Estimate(np.nan, np.nan, np.nan, missing="no gap")


def tail_share(clusters: int) -> float:
    """Return the share of resamples to leave out at each end of an interval over so many clusters."""
    if clusters < 2:
        return 0.0  # One cluster says nothing about others: the interval is as wide as it can be.
    quantile = t.ppf((1 + LEVEL) / 2, clusters - 1) * np.sqrt(clusters / (clusters - 1))
    return float(norm.cdf(-quantile))


def wilson(successes: float, n: float) -> Estimate:
    """Return a rate with its Wilson interval. An effective number of questions need not be an integer."""
    z = norm.ppf((1 + LEVEL) / 2)
    rate = successes / n
    centre = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # At a rate of 0 or 1 an end is exactly 0 or 1, which rounding must not cross.
    return Estimate(rate, float(max(0.0, min(rate, centre - half))), float(min(1.0, max(rate, centre + half))))


def rate(scores: QuestionScores) -> Estimate:
    """Return a rate with its Wilson interval at the effective number of questions.

    That number is n divided by the design effect of the clusters, the variance of the rate over clusters relative to
    that over single questions, and by the square of the t quantile relative to the normal one (Korn and Graubard 1998).
    It is never more than n, n where the rate is 0 or 1, and 1 where there is one cluster.

    Returns:
        the rate; `NOT_JUDGED` where no question was judged.
    """
    judged = scores.judged()
    n = len(judged.values)
    if not n:
        return NOT_JUDGED
    successes = float(judged.values.sum())
    share = successes / n
    sizes = np.bincount(judged.codes())
    clusters = len(sizes)
    if clusters == 1:
        return wilson(share, 1)
    if clusters == n or share in (0, 1):
        return wilson(successes, n)
    surplus = np.bincount(judged.codes(), judged.values) - share * sizes
    effect = clusters / (clusters - 1) * (surplus**2).sum() / (n * share * (1 - share))
    wider = t.ppf((1 + LEVEL) / 2, clusters - 1) / t.ppf((1 + LEVEL) / 2, n - 1)
    effective = n / max(1.0, effect * wider**2)
    return replace(wilson(share * effective, effective), value=share)


@dataclass(frozen=True)
class Resampled:
    """Means of the data, in the first row, and of its resamples; and the smallest number of clusters drawn from."""

    means: Float[np.ndarray, "resample column"]
    clusters: int


def resampled_means(columns: Sequence[QuestionScores], seed: int) -> Resampled:
    """Return the mean of each column in the data and in bootstrap samples of the clusters.

    Columns of the same benchmark share the samples; benchmarks are drawn apart. Scores that are all alike would give an
    interval without width. As in Bonett and Price's adjusted interval of a paired difference (2012), each resample of
    a column therefore contains two more questions, each with the lowest or the highest possible score.

    Args:
        columns: scores with at least one judged question each.
        seed: seed of the resampling.
    """
    means = np.empty((1 + RESAMPLES, len(columns)))
    numbers = []
    for stratum, benchmark in enumerate(sorted({column.benchmark for column in columns})):
        rng = np.random.default_rng([seed, stratum])
        members = [number for number, column in enumerate(columns) if column.benchmark == benchmark]
        sums, counts = _cluster_sums([columns[number] for number in members])
        numbers.append(len(sums))
        drawn_sums, drawn_counts = np.split(_drawn(np.hstack([sums, counts]), rng), 2, axis=1)
        means[0, members] = sums.sum(0) / counts.sum(0)
        for at, number in enumerate(members):
            extra = _two_more(columns[number].scale, rng)
            means[1:, number] = (drawn_sums[:, at] + extra) / (drawn_counts[:, at] + 2)
    return Resampled(means, min(numbers))


def _drawn(rows: Float[np.ndarray, "row column"], rng: np.random.Generator) -> Float[np.ndarray, "resample column"]:
    """Return the sum of as many rows as there are, drawn with replacement, in each resample."""
    # Equal rows are interchangeable: only how often each distinct one is drawn matters.
    distinct, copies = np.unique(rows, axis=0, return_counts=True)
    sums: Float[np.ndarray, "resample column"] = rng.multinomial(len(rows), copies / len(rows), RESAMPLES) @ distinct
    return sums


def _two_more(scale: tuple[float, float], rng: np.random.Generator) -> Float[np.ndarray, " resample"]:
    """Return the sum of two more scores in each resample, each the lowest or the highest possible one."""
    highest = rng.binomial(2, 0.5, RESAMPLES)
    return highest * scale[1] + (2 - highest) * scale[0]


def _cluster_sums(
    columns: list[QuestionScores],
) -> tuple[Float[np.ndarray, "cluster column"], Float[np.ndarray, "cluster column"]]:
    """Return the sum of the judged scores of each cluster, and their number, by column."""
    columns = [column.judged() for column in columns]
    labels = np.unique(np.concatenate([column.clusters for column in columns]))
    sums, counts = np.zeros((2, len(labels), len(columns)))
    for number, judged in enumerate(columns):
        codes: Int[np.ndarray, " question"] = np.searchsorted(labels, judged.clusters)
        sums[:, number] = np.bincount(codes, judged.values, len(labels))
        counts[:, number] = np.bincount(codes, minlength=len(labels))
    return sums, counts


def mean(scores: QuestionScores, seed: int) -> Estimate:
    """Return the mean of the judged scores with its bootstrap interval over clusters of questions.

    Returns:
        the mean; `NOT_JUDGED` where no question was judged.
    """
    return mean_of_columns([scores], seed)


def mean_of_columns(columns: Sequence[QuestionScores], seed: int) -> Estimate:
    """Return the mean over columns of the mean of the judged scores of each, see `resampled_means`.

    Returns:
        the mean; `NOT_JUDGED` where a column has no judged question.
    """
    if not all(len(column.judged().values) for column in columns):
        return NOT_JUDGED
    resampled = resampled_means(columns, seed)
    return Estimate.of_resampled(resampled.means.mean(1), resampled.clusters)


def mean_of_samples(values: Float[np.ndarray, " sample"]) -> Estimate:
    """Return the mean of independent samples with its t interval; from a single sample no interval follows."""
    n = len(values)
    half = t.ppf((1 + LEVEL) / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n) if n > 1 else np.nan
    center = float(np.mean(values))
    return Estimate(center, float(center - half), float(center + half))


def mean_difference(left: QuestionScores, right: QuestionScores, seed: int) -> Estimate:
    """Return the mean of left - right over the same questions, with its paired bootstrap interval.

    Raises:
        ValueError: if the two are not of the same questions.
    """
    return mean(left.minus(right), seed)


def ratio(parts: Values, wholes: Values, seed: int, scale: tuple[float, float] = (0, 1)) -> Estimate:
    """Return sum(parts) / sum(wholes) with its bootstrap interval over prompts.

    Args:
        parts: of each prompt, a sum over its positions.
        wholes: of each prompt, the number of these positions.
        seed: seed of the resampling.
        scale: the lowest and highest value of a single position.

    Returns:
        the ratio; `NOT_JUDGED` where there is no prompt.
    """
    parts, wholes = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    if not wholes.sum():
        return NOT_JUDGED
    rng = np.random.default_rng(seed)
    drawn = _drawn(np.column_stack([parts, wholes]), rng)
    ratios = (drawn[:, 0] + _two_more(scale, rng)) / (drawn[:, 1] + 2)
    return Estimate.of_resampled(np.append(parts.sum() / wholes.sum(), ratios), len(parts))


def ratio_difference(left: tuple[Values, Values], right: tuple[Values, Values], seed: int) -> Estimate:
    """Return a ratio minus another, each sum(parts) / sum(wholes), with its bootstrap interval over prompts.

    Args:
        left: parts and wholes of each prompt, as in `ratio`.
        right: likewise, of the same prompts and of other positions.
        seed: seed of the resampling.

    Returns:
        the difference; `NOT_JUDGED` where one of the two has no position.
    """
    columns = np.column_stack([*left, *right]).astype(float)
    parts, wholes, other_parts, other_wholes = columns.sum(0) if len(columns) else np.zeros(4)
    if not (wholes and other_wholes):
        return NOT_JUDGED
    rng = np.random.default_rng(seed)
    drawn = _drawn(columns, rng)
    resampled = [(drawn[:, at] + _two_more((0, 1), rng)) / (drawn[:, at + 1] + 2) for at in (0, 2)]
    value = parts / wholes - other_parts / other_wholes
    return Estimate.of_resampled(np.append(value, resampled[0] - resampled[1]), len(columns))
