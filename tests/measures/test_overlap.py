"""The overlap of two rankings, against counts by hand."""

import pytest

from superficial.measures.overlap import jaccard


def test_the_overlap_counts_tokens_whatever_their_order():
    assert jaccard([["a", "b"], ["a", "b", "c"], [1]], [["b", "a"], ["c", "d", "e"], [2]]) == [1, 1 / 5, 0]


def test_rankings_at_different_numbers_of_positions_are_refused():
    with pytest.raises(ValueError, match=r"zip\(\) argument"):
        jaccard([["a"], ["b"]], [["a"]])
