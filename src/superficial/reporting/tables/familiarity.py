"""The table of recovered shares by familiarity: a known-answer check, since the lab plants how familiar a question is.

What the base corpus never answered carefully is no superficial knowledge: no head can regain it. So the recovered share
must rise with familiarity.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Bool, Shaped

from superficial.measures.recovery import recovered_share
from superficial.measures.scores import MEASURES
from superficial.reporting.recovery import scores_towards_better
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval

GRADED = ("gsm", "info_true")


def familiarity_table(results: Results) -> Table:
    """Return the recovered share of each third of the questions, for every pair of the main comparison."""
    data, shown = [], []
    for pair in results.profile.recovery[results.profile.main_comparison]:
        familiarity = results.familiarity(results.profile.world_of(results.profile.variants[pair.base].model))
        for measure in GRADED:
            benchmark = MEASURES[measure].benchmark
            known = familiarity.loc[results.scores(pair.base)[str(benchmark)]["question_id"]].to_numpy()
            roles = {role: scores_towards_better(results, name, measure) for role, name in pair.model_dump().items()}
            for third, chosen in thirds(known).items():
                scores = {role: every.where(chosen) for role, every in roles.items()}
                share = recovered_share([scores["base"]], [scores["aligned"]], [scores["student"]], seed=0)
                means = {role: float(np.nanmean(part.values)) for role, part in scores.items()}
                of = {"student": pair.student, "measure": measure, "third": third, "questions": int(chosen.sum())}
                means = {"familiarity": known[chosen].mean()} | {f"{role}_mean": mean for role, mean in means.items()}
                data.append(of | means | share.columns("share_"))
                formatted = {name: f"{mean:.2f}" for name, mean in means.items()}
                shown.append(
                    of | {"measure": MEASURES[measure].label} | formatted | {"recovered share": with_interval(share, 2)}
                )
    caption = (
        "Recovered share by thirds of familiarity, a known answer: how often careful documents of the base corpus "
        "answer a question is planted, and the share must rise with it."
    )
    return Table(caption, pd.DataFrame(data), pd.DataFrame(shown))


def thirds(values: Shaped[np.ndarray, " question"]) -> dict[str, Bool[np.ndarray, " question"]]:
    """Return which values are in the lowest, the middle and the highest third; equal values stay together."""
    number = np.digitize(values, np.quantile(values, [1 / 3, 2 / 3]), right=True)
    return {name: number == at for at, name in enumerate(("least", "middle", "most")) if (number == at).any()}
