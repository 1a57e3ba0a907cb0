"""Measures the statistics over draws: coverage of the intervals, and how often a verdict is wrong at the threshold.

    python -m bench.draws

A study is simulated many times. Each of its draws has a true value of its own, and questions that estimate it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from bench.intervals import PLANTED, Planted, planted_scores
from bench.records import argument_parser, publish
from superficial.measures.draws import mean_over_draws, mean_with_t_interval, prediction_interval
from superficial.measures.intervals import Estimate, rate
from superficial.measures.question_scores import unclustered
from superficial.measures.recovery import recovered_share

DRAWS = (4, 10)
TRIALS, TRIALS_OF_SHARES = 4000, 400
_Z = 1.96


@dataclass(frozen=True)
class Study:
    """A way that draws come about: the mean over all draws, and a function that makes the estimate of one more draw."""

    mean: float
    draw: Callable[[np.random.Generator], Estimate]


def normal(between: float) -> Study:
    """Return a study whose draws differ normally, `between` times as much as one draw's own error."""

    def draw(rng: np.random.Generator) -> Estimate:
        value = float(0.6 + between * rng.normal() + rng.normal())
        return Estimate(value, value - _Z, value + _Z)

    return Study(0.6, draw)


def skewed_rate(mean: float, questions: int, concentration: float) -> Study:
    """Return a study whose draws have a rate from a beta distribution, measured on some questions."""

    def draw(rng: np.random.Generator) -> Estimate:
        share = rng.beta(mean * concentration, (1 - mean) * concentration)
        return rate(unclustered((rng.random(questions) < share).astype(float)))

    return Study(mean, draw)


def shares(planted: Planted, between: float) -> Study:
    """Return a study of recovered shares: the student's rates move by `between` from draw to draw, evenly."""

    def draw(rng: np.random.Generator) -> Estimate:
        moved = rng.uniform(-between, between) * np.sqrt(3)
        rates = tuple((base, aligned, student + moved * (aligned - base)) for base, aligned, student in planted.rates)
        base, aligned, student = map(list, zip(*planted_scores(rng, replace(planted, rates=rates)), strict=True))
        return recovered_share(base, aligned, student, int(rng.integers(2**31)))

    return Study(planted.share, draw)


LAB = PLANTED["lab, 600 sums about 12 people"]
STUDIES = {
    "normal, draws do not differ": (normal(0), TRIALS),
    "normal, draws differ half as much as their own error": (normal(0.5), TRIALS),
    "normal, draws differ as much": (normal(1), TRIALS),
    "normal, draws differ three times as much": (normal(3), TRIALS),
    "rate of 0.03 on 80 questions": (skewed_rate(0.03, 80, 60), TRIALS),
    "rate of 0.6 on 80 questions": (skewed_rate(0.6, 80, 30), TRIALS),
    "rate of 0.95 on 90 questions": (skewed_rate(0.95, 90, 60), TRIALS),
    "recovered share, lab, draws differ by 0.05": (shares(LAB, 0.05), TRIALS_OF_SHARES),
}


def outcomes(study: Study, draws: int, trials: int) -> Iterator[dict[str, bool]]:
    """Yield, for each simulated run of a study, what is true of its intervals."""
    rng = np.random.default_rng(1)
    for _ in range(trials):
        estimates = [study.draw(rng) for _ in range(draws)]
        values = np.array([estimate.value for estimate in estimates])
        decides, spread = mean_over_draws(estimates), mean_with_t_interval(values)
        predicted, new = prediction_interval(values), study.draw(rng).value
        yield {
            "mean_covered": decides.low <= study.mean <= decides.high,
            "mean_covered_by_t": spread.low <= study.mean <= spread.high,
            "new_draw_covered": predicted.low <= new <= predicted.high,
            # The threshold is the true mean: whatever the direction of a claim, it must not count as shown.
            "falsely_above": decides.low > study.mean,
            "falsely_below": decides.high < study.mean,
        }


def measure(study: Study, draws: int, trials: int) -> dict[str, float]:
    """Return the share of simulated runs in which each of the outcomes is true."""
    runs = list(outcomes(study, draws, trials))
    return {name: round(float(np.mean([run[name] for run in runs])), 4) for name in runs[0]}


def main() -> None:
    arguments = argument_parser(__doc__).parse_args()
    record = {
        name: {f"{draws} draws": measure(study, draws, trials) for draws in DRAWS}
        for name, (study, trials) in STUDIES.items()
    }
    publish({"trials": TRIALS, "trials_of_shares": TRIALS_OF_SHARES, "studies": record}, arguments.out)


if __name__ == "__main__":
    main()
