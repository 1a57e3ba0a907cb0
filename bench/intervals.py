"""Measures the confidence intervals: the seconds of all bootstraps, and the coverage of recovered shares.

    python -m bench.intervals

Sample sizes and numbers of rows are those of the paper's tables.
"""

from __future__ import annotations

import time

import numpy as np

from bench.records import argument_parser, publish
from superficial.measures.comparisons import mcnemar
from superficial.measures.intervals import mean, mean_difference
from superficial.measures.recovery import recovered_share

# Questions of each benchmark, and how often Tables 1 and 3 to 7 compute each kind of interval.
QUESTIONS = {"gsm": 1319, "toxigen": 2800, "advbench": 100, "truthfulqa": 100}
ROWS, SHARES, COMPARISONS = 29, 8, 8
# The shares of right answers of base, aligned and student that the paper prints for 7B and 13B.
PRINTED_RATES = {
    "gsm": [(0.037, 0.230, 0.140), (0.066, 0.324, 0.226)],
    "truthfulqa": [(0.34, 0.68, 0.66), (0.23, 0.71, 0.55)],
}
TRIALS = 2000


def paired_scores(rng: np.random.Generator, n: int, rates: tuple[float, float, float]) -> list[np.ndarray]:
    """Return random scores (0 or 1) of base, aligned and student with these rates of ones.

    Half of the questions are equally hard for all three, so that the scores correlate as those of real models do.
    """
    difficulty = rng.random(n)
    own = rng.random((3, n))
    mixed = np.where(rng.random((3, n)) < 0.5, difficulty, own)
    return [(mixed[model] < rate).astype(float) for model, rate in enumerate(rates)]


def seconds_of_all_tables() -> float:
    """Return the seconds of processor time for every mean, difference, test and recovered share of the tables."""
    rng = np.random.default_rng(0)
    scores = {name: paired_scores(rng, n, (0.3, 0.8, 0.5)) for name, n in QUESTIONS.items()}
    scores["advbench"] = [1 + 4 * model for model in scores["advbench"]]
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
            mcnemar(student, base)
    return time.process_time() - begin


def coverage(benchmark: str, n: int, trials: int) -> float:
    """Return how often the 95 % interval of the pooled recovered share contains the true share."""
    rates = PRINTED_RATES[benchmark]
    true_share = sum(student - base for base, _, student in rates) / sum(aligned - base for base, aligned, _ in rates)
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(trials):
        models = zip(*(paired_scores(rng, n, pair) for pair in rates), strict=True)
        base, aligned, student = map(list, models)
        estimate = recovered_share(base, aligned, student, seed=trial)
        hits += estimate.low <= true_share <= estimate.high
    return hits / trials


def main() -> None:
    arguments = argument_parser(__doc__).parse_args()
    record = {
        "seconds_of_all_tables_one_core": round(seconds_of_all_tables(), 2),
        "trials": TRIALS,
        "coverage_of_95_percent_intervals": {
            f"{name}, {QUESTIONS[name]} questions": coverage(name, QUESTIONS[name], TRIALS) for name in PRINTED_RATES
        },
    }
    publish(record, arguments.out)


if __name__ == "__main__":
    main()
