"""Is superficial knowledge better than simpler methods, and how much do the seeds of a head matter?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from superficial.measures.comparisons import bootstrap_p, holm, mcnemar
from superficial.measures.intervals import RESAMPLES, Estimate, Scores, mean_difference, resampled_sums
from superficial.measures.scores import MEASURES, per_question
from superficial.reporting.results import Results
from superficial.reporting.table import Table, ranged

# The rates in which the paper reports an improvement of aligned models.
RATES = ("gsm", "toxi_score", "harm_rate", "info_true")


@dataclass(frozen=True)
class Improvement:
    """By how much a student is better than another variant, the four rates summed, with the p of no difference.

    `corrected_p` is Holm's, for the number of all comparisons of the profile.
    """

    student: str
    other: str
    estimate: Estimate
    p: float
    corrected_p: float


def _towards_better(results: Results, variant: str, measure: str) -> Scores:
    sign = 1 if MEASURES[measure].better == "higher" else -1
    return sign * per_question(results.scores(variant), measure)


def improvements(results: Results) -> list[Improvement]:
    """Return the comparison of every student with the simpler methods that the profile names for it."""
    found = []
    for one in results.profile.baselines:
        for other in one.others:
            value, resampled = 0.0, np.zeros(RESAMPLES)
            for number, measure in enumerate(RATES):
                left, right = (_towards_better(results, name, measure) for name in (one.student, other))
                difference = (left - right)[~np.isnan(left - right)]
                value += mean_difference(left, right, seed=number).value
                resampled += resampled_sums(difference, seed=number)[:, 0] / max(1, len(difference))
            found.append((one.student, other, Estimate.of_resampled(value, resampled), bootstrap_p(resampled)))
    corrected = holm([p for *_, p in found])
    return [Improvement(*one, corrected_p) for one, corrected_p in zip(found, corrected, strict=True)]


def baselines_table(results: Results) -> Table:
    """Return each student against each simpler method, rate by rate and summed, with p values for their number."""
    rows = []
    for one in results.profile.baselines:
        for other in one.others:
            for measure in RATES:
                left, right = (_towards_better(results, name, measure) for name in (one.student, other))
                judged = ~np.isnan(left + right)
                left, right = left[judged], right[judged]
                found = mean_difference(left, right, seed=0)
                rows.append({"student": one.student, "other": other, "measure": measure} | vars(found))
                rows[-1] |= {"test": "McNemar", "p": mcnemar(left, right)}
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["corrected_p"] = p
    for sum_ in improvements(results):
        rows.append({"student": sum_.student, "other": sum_.other, "measure": "all four"} | vars(sum_.estimate))
        rows[-1] |= {"test": "bootstrap", "p": sum_.p, "corrected_p": sum_.corrected_p}
    data = pd.DataFrame(rows)
    shown = data[["student", "other"]].assign(
        measure=[MEASURES[m].label if m in MEASURES else m for m in data["measure"]],
        better_by=[ranged(Estimate(*e), 3) for e in zip(data["value"], data["low"], data["high"], strict=True)],
        test=data["test"],
        p=data["p"].map("{:.2g}".format),
        corrected=data["corrected_p"].map("{:.2g}".format),
    )
    shown = shown.rename(columns={"better_by": "better by", "corrected": "p, corrected"})
    caption = (
        "By how much the student is better than a simpler method (positive: the student), with paired bootstrap "
        "intervals; exact McNemar tests of single rates and bootstrap tests of their sum, each corrected by Holm."
    )
    return Table(caption, data, shown)


def seeds_table(results: Results) -> Table:
    """Return, of every head that was learned with several seeds, the best validation KL by seed and their spread."""
    rows = []
    for head in results.profile.heads:
        by_seed = results.card(head).get("best_validation_kl_by_seed", {})
        if by_seed:
            kl = np.array(list(by_seed.values()))
            numbers = {"head": head, "seeds": len(kl), "first": kl[0], "mean": kl.mean(), "least": kl.min()}
            rows.append(numbers | {"most": kl.max(), "spread": kl.max() - kl.min()})
    columns = ["head", "seeds", "first", "mean", "least", "most", "spread"]
    data = pd.DataFrame(rows, columns=columns)
    shown = data.assign(**{name: data[name].map("{:.4f}".format) for name in columns[2:]})
    caption = (
        "Best validation KL (nats) of each head by the seed of its distillation: of the seed that is used (first), and "
        "over all seeds."
    )
    return Table(caption, data, shown)
