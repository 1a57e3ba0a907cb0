"""Word clouds: where each word goes, so that frequent ones are large, the cloud is full, and no two words touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Bool
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

WIDTH, HEIGHT = 600, 400
_MOST_WORDS = 40
# Sizes of the most frequent word that are tried, and the smallest of any.
_LARGEST_SIZES, _SMALLEST_SIZE = (105, 130, 155, 180, 220), 20
# What a word shrinks by where it finds no room.
_SHRINKING = 0.92
# How much of a word's size follows its frequency, and how much the size of the word before it.
_BY_FREQUENCY = 0.4
# Space beside a word: a least one, and a share of its size; and how finely places are tried.
_LEAST_SPACE, _SPACE, _STEP = 7, 0.1, 4


@dataclass(frozen=True)
class PlacedWord:
    """A word in a cloud: its size, and the box around its ink, from the top left corner of the cloud."""

    text: str
    size: int
    left: float
    top: float
    width: float
    height: float

    def outline(self) -> Outline:
        """Return the word as a path whose y axis points downwards."""
        outline = _outline(self.text, self.size)
        ink = outline.get_extents()
        to_corner = Affine2D().translate(-ink.x0, -ink.y1).scale(1, -1)
        return to_corner.translate(self.left, self.top).transform_path(outline)


def word_cloud(counts: Mapping[str, int]) -> list[PlacedWord]:
    """Return the layout whose number of words times the share of the cloud that they cover is largest.

    A largest size that suits many words leaves a cloud of few words half empty, and one that suits few leaves out
    more of the rare words than its fuller look is worth.

    Args:
        counts: how often each word occurs.
    """
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:_MOST_WORDS]
    layouts = [_layout({word: counts[word] for word in frequent}, largest) for largest in _LARGEST_SIZES]
    return max(layouts, key=lambda layout: len(layout) * covered(layout))


def covered(layout: list[PlacedWord]) -> float:
    """Return the share of the cloud that the boxes around its words cover."""
    return sum(word.width * word.height for word in layout) / (WIDTH * HEIGHT)


def _layout(counts: Mapping[str, int], largest: int) -> list[PlacedWord]:
    """Place words, the most frequent first; end where one finds no room at the smallest size."""
    taken = np.zeros((HEIGHT // _STEP, WIDTH // _STEP), dtype=bool)
    placed: list[PlacedWord] = []
    size, before = float(largest), max(counts.values())
    for text, count in counts.items():
        size *= _BY_FREQUENCY * count / before + 1 - _BY_FREQUENCY
        before = count
        while (word := _placed(text, max(round(size), _SMALLEST_SIZE), taken)) is None and size > _SMALLEST_SIZE:
            size *= _SHRINKING
        if word is None:
            break
        placed.append(word)
    return placed


def _placed(text: str, size: int, taken: Bool[np.ndarray, "row column"]) -> PlacedWord | None:
    """Place a word as near to the middle as there is room, and mark its box as taken; None where there is none."""
    ink = _outline(text, size).get_extents()
    space = _LEAST_SPACE + _SPACE * size
    rows, columns = (int(np.ceil(length / _STEP)) for length in (ink.height + space / 2, ink.width + space))
    if rows > taken.shape[0] or columns > taken.shape[1]:
        return None
    # The number of taken cells above and left of each cell gives that in any box.
    before = np.pad(taken, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    inside = before[rows:, columns:] - before[:-rows, columns:] - before[rows:, :-columns] + before[:-rows, :-columns]
    free = np.argwhere(inside == 0)
    if not len(free):
        return None
    from_middle = (free + np.array([rows, columns]) / 2) / taken.shape - 0.5
    row, column = free[(from_middle**2).sum(1).argmin()]
    taken[row : row + rows, column : column + columns] = True
    return PlacedWord(text, size, column * _STEP + space / 2, row * _STEP + space / 4, ink.width, ink.height)


@cache
def _outline(text: str, size: int) -> Outline:
    # A pair of dollars would be read as a formula.
    return TextPath((0, 0), text.replace("$", r"\$"), size=size)
