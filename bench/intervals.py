"""Measures the intervals: seconds for all tables' bootstraps at the paper's sample sizes, coverage of recovered shares.

    .venv/bin/python bench/intervals.py

The record goes to bench/intervals.json.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np

from superficial.measures.comparisons import mcnemar
from superficial.measures.intervals import mean, mean_difference
from superficial.measures.recovery import recovered_share

# Questions of the paper's benchmarks, and rows and bases of its Tables 1 and 3 to 7.
QUESTIONS = {"gsm": 1319, "toxigen": 2800, "advbench": 100, "truthfulqa": 100}
ROWS, SHARES, COMPARISONS = 29, 8, 8
# (base, aligned, student) shares of right answers of 7B and 13B, as the paper prints them.
TRUTHS = {
    "gsm": [(0.037, 0.230, 0.140), (0.066, 0.324, 0.226)],
    "truthfulqa": [(0.34, 0.68, 0.66), (0.23, 0.71, 0.55)],
}
TRIALS = 2000


def drawn(rng: np.random.Generator, n: int, chances: tuple[float, float, float]) -> list[np.ndarray]:
    """Return paired scores: a question's difficulty is shared by the three sides, so that they agree as models do."""
    difficulty = rng.random(n)
    own = rng.random((3, n))
    mixed = np.where(rng.random((3, n)) < 0.5, difficulty, own)
    return [(mixed[side] < chance).astype(float) for side, chance in enumerate(chances)]


def seconds_of_all_tables() -> float:
    """Return the seconds that every mean, change, test and recovered share of the tables takes."""
    rng = np.random.default_rng(0)
    scores = {name: drawn(rng, n, (0.3, 0.8, 0.5)) for name, n in QUESTIONS.items()}
    scores["advbench"] = [1 + 4 * side for side in scores["advbench"]]
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
    """Return how often the interval of the pooled share holds the true one."""
    truths = TRUTHS[benchmark]
    true = sum(s - b for b, _, s in truths) / sum(a - b for b, a, _ in truths)
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(trials):
        sides = zip(*(drawn(rng, n, chances) for chances in truths), strict=True)
        base, aligned, student = map(list, sides)
        found = recovered_share(base, aligned, student, seed=trial)
        hits += found.low <= true <= found.high
    return hits / trials


def main() -> None:
    record = {
        "seconds_of_all_tables_one_core": round(seconds_of_all_tables(), 2),
        "trials": TRIALS,
        "coverage_of_95_percent_intervals": {
            f"{name}, {QUESTIONS[name]} questions": coverage(name, QUESTIONS[name], TRIALS) for name in TRUTHS
        },
    }
    text = json.dumps(record, indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
