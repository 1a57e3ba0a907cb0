"""Figure 4: k of a black-box head against token accuracy on the small base and, transferred, on the large one."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from superficial.measures.intervals import ratio
from superficial.reporting.figures.style import SINGLE_COLUMN_INCHES
from superficial.reporting.results import Results

CAPTION = (
    "Top-1 agreement with the aligned model on validation prompts, by k: on the small base, which the head was learned "
    "on, and on the large base; bands are 95 % intervals over prompts."
)
ALT = (
    "Two curves of token accuracy over k on a logarithmic axis, with bands: on the small base and, transferred, on the "
    "large one. A vertical line marks the k that was chosen."
)
_MODELS = (("small", "small base"), ("large", "large base (transfer)"))


def draw(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Return the figure and the curves that it draws."""
    curves = _accuracy(results)
    figure, axes = plt.subplots(figsize=(SINGLE_COLUMN_INCHES, 2.1))
    for (model, label), marker in zip(_MODELS, "os", strict=True):
        curve = curves[curves["model"] == model]
        axes.plot(curve["k"], curve["accuracy"], label=label, marker=marker, markersize=2.5)
        axes.fill_between(curve["k"], curve["low"], curve["high"], alpha=0.25, linewidth=0)
    assert results.profile.sweep is not None, "this figure is drawn only where the profile has a sweep"
    chosen_k = results.card(results.profile.sweep.head)["k"]
    axes.axvline(chosen_k, color="0.6", linewidth=1, zorder=0)
    axes.text(chosen_k, 1.01, "chosen by KL", transform=axes.get_xaxis_transform(), ha="center", va="bottom")
    axes.set(xscale="log", xlabel="k", ylabel="token accuracy")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.legend(loc="lower left", bbox_to_anchor=(0.28, 0.02))
    return figure, curves


def _accuracy(results: Results) -> pd.DataFrame:
    """Return token accuracy by model and k, with intervals over prompts."""
    rows = []
    for (model, k), prompts in results.sweep_accuracy().groupby(["model", "k"]):
        accuracy = ratio(prompts["sum"].to_numpy(), prompts["size"].to_numpy(), seed=0)
        rows.append({"model": model, "k": k, "accuracy": accuracy.value, "low": accuracy.low, "high": accuracy.high})
    return pd.DataFrame(rows)
