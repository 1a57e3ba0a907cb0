"""How much the recovered shares depend on single choices of the distillation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from superficial.measures.intervals import Estimate
from superficial.measures.recovery import recovered_share
from superficial.measures.scores import MEASURES, per_question, values
from superficial.reporting.results import Results

AS_REPORTED = "as reported"


@dataclass(frozen=True)
class Setting:
    """A way to train the head, with its validation KL (nats), share of garbled responses, and recovered shares."""

    axis: str
    way: str
    validation_kl: float
    garbled: float
    shares: dict[str, Estimate]


def study(results: Results) -> list[Setting]:
    """Return every setting of the profile's sensitivity study. The first is the head as all other tables report it."""
    declared = results.sensitivity_study
    student = results.profile.recovery[declared.comparison][0].student
    validation_kl = min(results.card(results.student_head(declared.comparison))["validation_kl"])
    settings = [_setting(results, AS_REPORTED, "", validation_kl, results.scores(student))]
    for axis in declared.axes:
        for way, rows in results.sensitivity(axis).groupby("way", sort=False):
            scores = dict(tuple(rows.groupby("benchmark")))
            settings.append(_setting(results, axis, str(way), rows["validation_kl"].iloc[0], scores))
    return settings


def _setting(
    results: Results, axis: str, way: str, validation_kl: float, scores: Mapping[str, pd.DataFrame]
) -> Setting:
    scores = {name: scores[name] for name in results.sensitivity_study.benchmarks}
    garbled = float(np.mean(values(scores, "garbled")))
    shares = {measure: _share(results, scores, measure) for measure in measures(results)}
    return Setting(axis, way, validation_kl, garbled, shares)


def _share(results: Results, scores: Mapping[str, pd.DataFrame], measure: str) -> Estimate:
    variants = results.profile.recovery[results.sensitivity_study.comparison][0]
    base, aligned = (per_question(results.scores(name), measure) for name in (variants.base, variants.aligned))
    # The study evaluates the questions of the reported head, in the same order.
    student = replace(base, values=values(scores, measure))
    return recovered_share([base], [aligned], [student], seed=0)


def measures(results: Results) -> list[str]:
    """Return the rates of the study's benchmarks."""
    benchmarks = results.sensitivity_study.benchmarks
    return [name for name, measure in MEASURES.items() if measure.benchmark in benchmarks and measure.is_rate]


def as_data(settings: list[Setting]) -> pd.DataFrame:
    """Return the settings as a table of numbers, one row each, with the ends of each share's interval."""
    rows = []
    for setting in settings:
        row: dict[str, str | float] = {"axis": setting.axis, "way": setting.way}
        row |= {"validation_kl": setting.validation_kl, "garbled": setting.garbled}
        for measure, share in setting.shares.items():
            row |= {measure: share.value, f"{measure}_low": share.low, f"{measure}_high": share.high}
        rows.append(row)
    return pd.DataFrame(rows)
