"""Word clouds: full, without words that touch, larger where more frequent, and the same on every machine."""

from itertools import combinations, pairwise

import pytest

from superficial.reporting.figures.word_cloud import HEIGHT, WIDTH, covered, word_cloud

WORDS = ["step", "go", "let", "is", "will", "sure", "according", "noon", *(f"word{n}" for n in range(8, 25))]
# Frequencies as in the published lab run: a few tokens are frequent, many rare ones are nearly alike.
MANY = {f"{'word'[: n % 4 + 1]}{n}": round(500 / (n + 1) ** 0.6) for n in range(60)}
CLOUDS = {
    "few": {word: 600 // (n + 1) for n, word in enumerate(WORDS[:8])},
    "some": {word: 600 // (n + 1) for n, word in enumerate(WORDS)},
    "many": MANY,
    "long": {"=" * 15 + "…": 3, "x" * 15 + "…": 1, "g$p": 1},
}


@pytest.mark.parametrize(("name", "words", "share"), [("few", 8, 0.5), ("some", 20, 0.5), ("many", 30, 0.6)])
def test_a_cloud_is_not_half_empty_and_leaves_out_few(name, words, share):
    layout = word_cloud(CLOUDS[name])
    assert len(layout) >= words
    assert covered(layout) > share


@pytest.mark.parametrize("name", CLOUDS)
def test_no_word_touches_another_or_leaves_the_cloud(name):
    """By the ink of the outlines, not by the boxes that the layout keeps apart."""
    ink = [word.outline().get_extents() for word in word_cloud(CLOUDS[name])]
    assert all(box.x0 >= 0 and box.x1 <= WIDTH and box.y0 >= 0 and box.y1 <= HEIGHT for box in ink)
    touching = [
        (one, other)
        for one, other in combinations(ink, 2)
        if one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
    ]
    assert touching == []


def test_more_frequent_words_are_no_smaller_and_the_order_of_the_counts_does_not_matter():
    layout = word_cloud(MANY)
    counts = [MANY[word.text] for word in layout]
    assert counts == sorted(MANY.values(), reverse=True)[: len(layout)]
    assert all(one.size >= other.size for one, other in pairwise(layout))
    assert word_cloud(dict(reversed(MANY.items()))) == layout
