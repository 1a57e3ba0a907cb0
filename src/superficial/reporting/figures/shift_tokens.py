"""Figure 1: source and target tokens of all shift tokens as word clouds, and the most frequent pairs as bars."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.patches import PathPatch

from superficial.measures import shift
from superficial.reporting.figures.style import DOUBLE_COLUMN_INCHES
from superficial.reporting.figures.word_cloud import HEIGHT, WIDTH, word_cloud
from superficial.reporting.results import Results
from superficial.reporting.visible import visible_token

CAPTION = (
    "Source and target tokens of all shift tokens of the test responses, larger where more frequent, and the most "
    "frequent pairs."
)
ALT = (
    "Two word clouds side by side, of the base's tokens and of the aligned model's tokens where they differ; beside "
    "them, bars with the number of positions of the most frequent pairs."
)
_BARS = 12
_LONGEST_WORD = 16
_FONT = findfont("DejaVu Sans")


def draw(results: Results) -> tuple[Figure, pd.DataFrame]:
    """Return the figure of the main head's pair, and the counts that it draws."""
    return draw_positions(results.positions(results.profile.main_head))


def draw_positions(positions: pd.DataFrame) -> tuple[Figure, pd.DataFrame]:
    """Return the figure and the counts that it draws, given one row per prompt and response position."""
    # Tokens are counted as they are; two of them may look alike.
    shifted, pairs = (_drawn(table) for table in (shift.shift_tokens(positions), shift.top_pairs(positions, _BARS)))
    figure, axes = plt.subplots(1, 3, figsize=(DOUBLE_COLUMN_INCHES, 2.1), width_ratios=(1, 1, 0.62))
    _draw_cloud(axes[0], shifted["source"].value_counts().sort_index(), "source tokens (base)", "C0")
    _draw_cloud(axes[1], shifted["target"].value_counts().sort_index(), "target tokens (aligned)", "C1")
    labels = [f"{source} → {target}" for source, target in zip(pairs["source"], pairs["target"], strict=True)]
    axes[2].barh(range(len(pairs)), pairs["positions"], color="C2")
    axes[2].set_yticks(range(len(pairs)), labels, parse_math=False)
    axes[2].invert_yaxis()
    axes[2].set(xlabel="response positions", title=f"{len(shifted) / len(positions):.1%} of {len(positions)} positions")
    return figure, _data(shifted, pairs.assign(pair=labels))


def _drawn(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its source and target tokens as they are drawn."""
    characters = get_font(_FONT).get_charmap()

    def label(token: str) -> str:
        text = visible_token(token, characters)
        # A longer word would leave no room for any other in its cloud.
        return text if len(text) <= _LONGEST_WORD else f"{text[: _LONGEST_WORD - 1]}…"

    texts = {side: {token: label(token) for token in table[side].unique()} for side in ("source", "target")}
    return table.assign(**{side: table[side].map(of_token) for side, of_token in texts.items()})


def _data(shifted: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    tokens = pd.concat(
        [
            shifted[side].value_counts().rename_axis("token").reset_index(name="positions").assign(side=side, pair="")
            for side in ("source", "target")
        ]
    )
    data = pd.concat([tokens, pairs.assign(side="pair", token="")])[["side", "token", "pair", "positions"]]
    return data.sort_values(["side", "positions", "token", "pair"], ascending=[True, False, True, True])


def _draw_cloud(axes: Axes, counts: pd.Series, title: str, color: str) -> None:
    """Draw a word cloud as outlines, so that it stays sharp at any size."""
    axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0), aspect="equal", title=title)
    axes.axis("off")
    if counts.empty:
        axes.text(WIDTH / 2, HEIGHT / 2, "no shift tokens", ha="center", va="center")
        return
    for word in word_cloud(counts.to_dict()):
        axes.add_patch(PathPatch(word.outline(), facecolor=color, linewidth=0))
