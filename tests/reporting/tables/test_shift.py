"""Response positions by category, for every head."""

from superficial.reporting.tables.shift import shift_table


def test_categories_of_every_head(central):
    data = shift_table(central).data
    assert list(data["head"].unique()) == list(central.profile.heads)
    small = data[data["head"] == "small"].set_index("category")
    # Every planted target token has rank 4.
    assert small["share"].to_dict() == {"unshifted": 0, "marginal": 0, "shifted": 1}
    assert small["positions"].sum() == 1000
