"""Every table of a profile is found by name."""

import numpy as np
import pandas as pd
import pytest

from superficial.reporting.table import write_table
from superficial.reporting.tables.registry import TABLES, make_table, table_names
from tests.reporting.means import CENTRAL, LAB


def test_a_profile_has_the_tables_that_it_lists_and_those_that_apply_to_it():
    names = table_names(LAB)
    assert len(names) == len(set(names))
    assert {*LAB.tables, *LAB.examples, *TABLES, "table1-side-by-side"} == set(names) - {
        f"{name}-side-by-side" for name in LAB.tables if name != "table1"
    }
    assert {"baselines", "sensitivity"} & set(table_names(CENTRAL)) == set()


def test_tables_that_the_paper_does_not_have_are_known_as_such():
    beyond = {name for name, table in TABLES.items() if table.is_beyond_paper}
    assert beyond == {"depth", "token-kinds", "size", "neighbours"}


# The planted cards have no seeds.
@pytest.mark.parametrize("name", [name for name in table_names(CENTRAL) if name != "head-seeds"])
def test_every_table_of_the_central_profile_is_made_and_written(central, tmp_path, name):
    table = make_table(central, name)
    write_table(table, tmp_path, name)
    assert len(pd.read_csv(tmp_path / f"{name}.csv")) == len(table.data) > 0
    lines = (tmp_path / f"{name}.md").read_text().splitlines()
    assert len(lines) == 2 + len(table.shown) + 2
    assert lines[-1] == table.caption
    assert (tmp_path / f"{name}.tex").read_text().count(r" \\") == 1 + len(table.shown)


def test_an_unknown_table_is_refused_with_those_that_there_are(central):
    with pytest.raises(ValueError, match="no table 'table77'; there are table1, table1-side-by-side"):
        make_table(central, "table77")


def test_tables_draw_the_same_questions(central, monkeypatch):
    """An estimate that stands in two tables has the same interval in both: each resampling has seed 0."""
    seeds, original = [], np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", lambda seed: seeds.append(np.atleast_1d(seed)[0]) or original(seed))
    for name in table_names(central.profile):
        if name != "head-seeds":
            make_table(central, name)
    assert set(seeds) == {0}


# How many decimals the cells of a table have, by column.
DECIMALS = {
    "recovery": {"base": 3, "aligned": 3, "student": 3, "pooled share": 2, "mean of ratios": 2},
    "token-kinds": {"shifted": 3, "KL, base": 3, "KL, head": 3, "recovered KL": 3},
    "shift": {"share": 3},
    "familiarity": {"recovered share": 2},
    "judges": {"first": 3, "second": 3},
}


@pytest.mark.parametrize("name", DECIMALS)
def test_cells_have_as_many_decimals_as_their_column(central, name):
    shown = make_table(central, name).shown
    for column, decimals in DECIMALS[name].items():
        numbers = shown[column].str.findall(r"\d+\.(\d+)").explode().dropna()
        assert set(numbers.str.len()) == {decimals}, column
