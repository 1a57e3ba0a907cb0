"""The most frequent pairs of source and target token."""

from superficial.reporting.tables.shift_pairs import shift_pairs_table


def test_pairs_of_the_main_head_the_most_frequent_first(central):
    assert shift_pairs_table(central).data.to_dict("records") == [
        {"source": "x", "target": "the", "positions": 800},
        {"source": "x", "target": "cat", "positions": 200},
    ]
