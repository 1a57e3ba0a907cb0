"""The figures, drawn from recorded results; each is saved as PDF, SVG and PNG with the numbers it draws as CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from wordcloud import WordCloud

from superficial.config import Profile
from superficial.files import atomic_write
from superficial.measures import kl, shift
from superficial.measures.intervals import ratio
from superficial.reporting.results import Results
from superficial.reporting.sensitivity import fig5_sensitivity
from superficial.reporting.table import one_line

STYLE = Path(__file__).with_name("style.mplstyle")
# Widths of a two-column article, in inches.
SINGLE, DOUBLE = 3.3, 7.0
_CLOUD = (600, 400)
_CLOUD_WORDS = 40
_BARS = 12


def _cloud(axes: Axes, counts: pd.Series, title: str, color: str) -> None:
    """Draw a word cloud as outlines, so that it stays sharp at any size."""
    width, height = _CLOUD
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal", title=title)
    axes.axis("off")
    if counts.empty:
        axes.text(width / 2, height / 2, "no shift tokens", ha="center", va="center")
        return
    cloud = WordCloud(
        width=width,
        height=height,
        max_words=_CLOUD_WORDS,
        font_path=findfont("DejaVu Sans"),
        prefer_horizontal=1.0,
        relative_scaling=0.5,
        margin=4,
        min_font_size=20,
        max_font_size=105,
        random_state=0,
    ).generate_from_frequencies(counts.to_dict())
    for (word, _), size, (top, left), _, _ in cloud.layout_:
        # The layout was made with hinted letters, which are a little narrower.
        outline = TextPath((0, 0), word, size=0.96 * size)
        ink = outline.get_extents()
        # The axes run downwards, as the cloud's rows do; outlines run upwards.
        place = Affine2D().translate(-ink.x0, -ink.y1).scale(1, -1).translate(left, top)
        axes.add_patch(PathPatch(place.transform_path(outline), facecolor=color, linewidth=0))


def fig1_shift_tokens(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Draw the source and the target tokens of all shift tokens as clouds, and the most frequent pairs as bars."""
    positions = results.positions(next(iter(results.profile.heads)))
    positions = positions.assign(**{side: positions[side].map(one_line) for side in ("source", "target")})
    shifted = shift.shift_tokens(positions)
    pairs = shift.top_pairs(positions, _BARS)
    figure, axes = plt.subplots(1, 3, figsize=(DOUBLE, 2.1), width_ratios=(1, 1, 0.62))
    _cloud(axes[0], shifted["source"].value_counts().sort_index(), "source tokens (base)", "C0")
    _cloud(axes[1], shifted["target"].value_counts().sort_index(), "target tokens (aligned)", "C1")
    labels = [f"{source} → {target}" for source, target in zip(pairs["source"], pairs["target"], strict=True)]
    axes[2].barh(range(len(pairs)), pairs["positions"], color="C2")
    axes[2].set_yticks(range(len(pairs)), labels, parse_math=False)
    axes[2].invert_yaxis()
    axes[2].set(xlabel="response positions", title=f"{len(shifted) / len(positions):.1%} of {len(positions)} positions")
    tokens = pd.concat(
        [
            shifted[side].value_counts().rename_axis("token").reset_index(name="positions").assign(side=side, pair="")
            for side in ("source", "target")
        ]
    )
    bars = pairs.assign(side="pair", token="", pair=labels)[["token", "positions", "side", "pair"]]
    drawn = pd.concat([tokens, bars])[["side", "token", "pair", "positions"]]
    return figure, drawn.sort_values(["side", "positions", "token", "pair"], ascending=[True, False, True, True])


def fig2_kl_by_position(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Draw the mean KL to the aligned model by response position, of the base and of base + superficial."""
    table = kl.by_position(results.positions(next(iter(results.profile.heads))), seed=0)
    figure, axes = plt.subplots(figsize=(SINGLE, 2.1))
    axes.axvspan(-0.5, kl.FIRST_POSITIONS - 0.5, color="0.93", zorder=0)
    axes.text(
        kl.FIRST_POSITIONS / 2 - 0.5, 1.01, "first ten", transform=axes.get_xaxis_transform(), ha="center", va="bottom"
    )
    for curve, label, marker in (("kl_base", "base", "o"), ("kl_superficial", "base + superficial", "s")):
        axes.plot(table["position"], table[curve], label=label, marker=marker, markersize=2.5)
        axes.fill_between(table["position"], table[f"{curve}_low"], table[f"{curve}_high"], alpha=0.25, linewidth=0)
    axes.set(xlabel="response position", ylabel="KL to the aligned model (nats)", ylim=(0, None), xlim=(-0.5, None))
    axes.legend(loc="upper right")
    return figure, table


def fig3_k_cover_similarity(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Draw k against the shift token cover rate and the similarity of both bases' spans; and one against the other."""
    table, _ = results.sweep()
    figure, axes = plt.subplots(1, 2, figsize=(DOUBLE, 2.3))
    curves = (
        ("cover_rate", "shift token cover rate"),
        ("similarity", "similarity (Eq. 4)"),
        ("overlap", "normalised overlap"),
    )
    for (column, label), marker in zip(curves, "os^", strict=True):
        axes[0].plot(table["k"], table[column], label=label, marker=marker, markersize=2.5)
    axes[0].set(xscale="log", xlabel="k", ylabel="share", ylim=(0, 1.02))
    axes[0].xaxis.set_major_formatter("{x:g}")
    figure.legend(loc="outside upper left", ncols=3)
    axes[1].plot(table["similarity"], table["cover_rate"], marker="o", markersize=2.5)
    # Points that lie on each other share a label.
    for _, near in table.groupby([table["similarity"].round(2), table["cover_rate"].round(1)], sort=False):
        at, named = near.iloc[0], " and ".join(map(str, near["k"]))
        axes[1].annotate(f"k={named}", (at.similarity, at.cover_rate), (4, 2), textcoords="offset points", fontsize=6)
    axes[1].set(xlabel="similarity (Eq. 4)", ylabel="shift token cover rate")
    return figure, table


def accuracy_by_k(results: Results) -> pd.DataFrame:
    """Return the token accuracy on validation prompts by k and model, with intervals over prompts."""
    _, accuracy = results.sweep()
    rows = []
    for (model, k), at in accuracy.groupby(["model", "k"]):
        found = ratio(at["sum"].to_numpy(), at["size"].to_numpy(), seed=0)
        rows.append({"model": model, "k": k, "accuracy": found.value, "low": found.low, "high": found.high})
    return pd.DataFrame(rows)


def fig4_k_accuracy(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Draw k against token accuracy on validation prompts, of the small base (own head) and of the large (transfer)."""
    table = accuracy_by_k(results)
    figure, axes = plt.subplots(figsize=(SINGLE, 2.1))
    for (model, label), marker in zip((("small", "small base"), ("large", "large base (transfer)")), "os", strict=True):
        curve = table[table["model"] == model]
        axes.plot(curve["k"], curve["accuracy"], label=label, marker=marker, markersize=2.5)
        axes.fill_between(curve["k"], curve["low"], curve["high"], alpha=0.25, linewidth=0)
    assert results.profile.sweep is not None, "figures of the sweep are only drawn where the profile has one"
    chosen = results.card(results.profile.sweep.head)["k"]
    axes.axvline(chosen, color="0.6", linewidth=1, zorder=0)
    axes.text(chosen, 1.01, "chosen by KL", transform=axes.get_xaxis_transform(), ha="center", va="bottom")
    axes.set(xscale="log", xlabel="k", ylabel="token accuracy")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.legend(loc="lower left", bbox_to_anchor=(0.28, 0.02))
    return figure, table


CAPTIONS = {
    "fig1-shift-tokens": "Source and target tokens of all shift tokens of the test responses, larger where more "
    "frequent, and the most frequent pairs.",
    "fig2-kl-by-position": "Mean KL to the aligned model by response position, of the base alone and with the "
    "superficial head; bands are 95 % intervals over questions.",
    "fig3-k-cover-similarity": "The k of a black-box head: the larger it is, the more shift tokens are among the "
    "base's top k, and the less alike are the spaces of two base models' logits.",
    "fig4-k-accuracy": "Top-1 agreement with the aligned model on validation prompts, by k: on the small base, which "
    "the head was learned on, and on the large base; bands are 95 % intervals over prompts.",
    "fig5-sensitivity": "The recovered shares where one choice of the distillation is another; bars are 95 % intervals "
    "over questions.",
}
SWEEP_FIGURES = ("fig3-k-cover-similarity", "fig4-k-accuracy")
FIGURES: dict[str, Callable[[Results], tuple[Figure, pd.DataFrame]]] = {
    "fig1-shift-tokens": fig1_shift_tokens,
    "fig2-kl-by-position": fig2_kl_by_position,
    "fig3-k-cover-similarity": fig3_k_cover_similarity,
    "fig4-k-accuracy": fig4_k_accuracy,
    "fig5-sensitivity": fig5_sensitivity,
}


def figure_names(profile: Profile) -> list[str]:
    """Return the names of all figures of a profile."""
    lacking = [*([] if profile.sweep else SWEEP_FIGURES), *([] if profile.sensitivity else ["fig5-sensitivity"])]
    return [name for name in FIGURES if name not in lacking]


def write_figure(results: Results, name: str, folder: Path) -> None:
    """Draw a figure and save it as PDF, SVG, PNG and CSV.

    Raises:
        ValueError: where there is no such figure.
    """
    names = figure_names(results.profile)
    if name not in names:
        raise ValueError(f"There is no figure {name!r}; there are {', '.join(names)}.")
    with plt.style.context(STYLE):
        figure, drawn = FIGURES[name](results)
        for suffix, metadata in (("pdf", {"CreationDate": None}), ("svg", {"Date": None}), ("png", {})):
            with atomic_write(folder / f"{name}.{suffix}") as path:
                figure.savefig(path, format=suffix, metadata=metadata)
        plt.close(figure)
    with atomic_write(folder / f"{name}.csv") as path:
        drawn.to_csv(path, index=False, float_format="%.6f")
