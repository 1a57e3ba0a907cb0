"""Shift tokens on hand-made positions, against counting by hand."""

import pandas as pd
import pytest

from superficial.measures import shift

POSITIONS = pd.DataFrame({"source": list("aabbacd"), "target": list("abcbbad"), "target_rank": [1, 2, 9, 1, 3, 4, 1]})


def test_categories_are_by_rank_and_add_up():
    table = shift.category_shares(POSITIONS).set_index("category")
    assert table["positions"].to_dict() == {"unshifted": 3, "marginal": 2, "shifted": 2}
    assert table["share"].sum() == pytest.approx(1)


def test_shift_tokens_are_those_whose_source_and_target_differ():
    assert shift.shift_tokens(POSITIONS).index.tolist() == [1, 2, 4, 5]


def test_top_pairs_count_only_shift_tokens():
    pairs = shift.top_pairs(POSITIONS, 2).to_dict("records")
    assert pairs == [
        {"source": "a", "target": "b", "positions": 2},
        {"source": "b", "target": "c", "positions": 1},
    ]


def test_pairs_that_are_equally_frequent_come_in_alphabetical_order():
    once = pd.DataFrame({"source": list("cbbb"), "target": list("adca")})
    pairs = shift.top_pairs(once, 3)
    assert (pairs["source"] + pairs["target"]).tolist() == ["ba", "bc", "bd"]
