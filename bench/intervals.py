"""Measures the confidence intervals: the seconds of all bootstraps, and how often intervals contain the true value.

    python -m bench.intervals

Sample sizes and numbers of rows are those of the paper's tables. Scores are planted with the dependence that real ones
have: models of one study answer the same questions, and questions about one entity or group are alike.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from bench.records import argument_parser, publish
from superficial.measures.intervals import mean, mean_difference, rate
from superficial.measures.question_scores import QuestionScores
from superficial.measures.recovery import recovered_share

# Questions of each benchmark, and how often Tables 1 and 3 to 7 compute each kind of interval.
QUESTIONS = {"gsm": 1319, "toxigen": 2800, "advbench": 100, "truthfulqa": 100}
ROWS, SHARES, COMPARISONS = 29, 8, 8
TRIALS = 1000


@dataclass(frozen=True)
class Planted:
    """Scores to plant.

    Attributes:
        questions: how many.
        clusters: how many clusters they are divided into, evenly.
        rates: the rate of right answers of base, aligned and student, for each model pair.
        of_question: the part of the latent score's variance that all models share on a question.
        of_cluster: the part that is common to the questions of a cluster; half of it is shared by all models.
    """

    questions: int
    clusters: int
    rates: tuple[tuple[float, float, float], ...]
    of_question: float
    of_cluster: float

    @property
    def share(self) -> float:
        """Return the pooled recovered share of the rates."""
        gains = sum(student - base for base, _, student in self.rates)
        return gains / sum(aligned - base for base, aligned, _ in self.rates)


# The rates that the paper prints for 7B and 13B, and rounded ones of the lab. Residuals of two models correlate by
# about 0.7 on the same question of the lab.
PLANTED = {
    "GSM8K, 1319 questions": Planted(1319, 1319, ((0.037, 0.230, 0.140), (0.066, 0.324, 0.226)), 0.7, 0),
    "TruthfulQA, 100 questions in 38 categories": Planted(100, 38, ((0.34, 0.68, 0.66), (0.23, 0.71, 0.55)), 0.5, 0.2),
    "lab, 600 sums about 12 people": Planted(600, 12, ((0.1, 0.9, 0.6), (0.1, 0.9, 0.7)), 0.6, 0.1),
    "lab, 84 facts about 28 creatures": Planted(84, 28, ((0.1, 0.9, 0.6), (0.2, 0.95, 0.7)), 0.3, 0.5),
}


def planted_scores(rng: np.random.Generator, planted: Planted) -> list[list[QuestionScores]]:
    """Return random scores (0 or 1) of base, aligned and student of each model pair."""
    clusters = np.arange(planted.questions) % planted.clusters
    own = 1 - planted.of_question - planted.of_cluster
    of_question = rng.normal(size=planted.questions)
    of_cluster = rng.normal(size=planted.clusters)[clusters]

    def scores(share: float) -> QuestionScores:
        of_model_and_cluster = rng.normal(size=planted.clusters)[clusters]
        latent = np.sqrt(planted.of_question) * of_question + np.sqrt(own) * rng.normal(size=planted.questions)
        latent += np.sqrt(planted.of_cluster / 2) * (of_cluster + of_model_and_cluster)
        return QuestionScores("planted", (latent < norm.ppf(share)).astype(float), clusters)

    return [[scores(share) for share in pair] for pair in planted.rates]


def coverage(planted: Planted, trials: int) -> dict[str, float]:
    """Return how often the 95 % intervals of a rate, a paired difference and the pooled share have the true value."""
    rng = np.random.default_rng(1)
    (base_rate, aligned_rate, _), *_ = planted.rates
    hits = dict.fromkeys(("rate", "difference", "share"), 0)
    for trial in range(trials):
        pairs = planted_scores(rng, planted)
        base, aligned, student = map(list, zip(*pairs, strict=True))
        for name, estimate, true in (
            ("rate", rate(aligned[0]), aligned_rate),
            ("difference", mean_difference(aligned[0], base[0], trial), aligned_rate - base_rate),
            ("share", recovered_share(base, aligned, student, trial), planted.share),
        ):
            hits[name] += estimate.low <= true <= estimate.high
    return {name: count / trials for name, count in hits.items()}


def seconds_of_all_tables() -> float:
    """Return the seconds of processor time for every mean, difference, test and recovered share of the tables."""
    rng = np.random.default_rng(0)
    scores = {
        name: planted_scores(rng, Planted(questions, questions, ((0.3, 0.8, 0.5),), 0.5, 0))[0]
        for name, questions in QUESTIONS.items()
    }
    begin = time.process_time()
    for base, aligned, student in scores.values():
        for seed in range(ROWS):
            mean(student, seed)
            mean_difference(student, base, seed)
        for seed in range(SHARES):
            for pooled in (True, False):
                recovered_share([base] * 2, [aligned] * 2, [student] * 2, seed, pooled)
        for seed in range(COMPARISONS):
            mean_difference(student, base, seed)
    return time.process_time() - begin


def main() -> None:
    arguments = argument_parser(__doc__).parse_args()
    record = {
        "seconds_of_all_tables_one_core": round(seconds_of_all_tables(), 2),
        "trials": TRIALS,
        "coverage_of_95_percent_intervals": {name: coverage(planted, TRIALS) for name, planted in PLANTED.items()},
    }
    publish(record, arguments.out)


if __name__ == "__main__":
    main()
