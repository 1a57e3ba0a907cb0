"""Tables in a terminal: every line fits, and no cell is lost."""

import pandas as pd
import pytest

from superficial.reporting.table import Table
from superficial.reporting.terminal import shortened, table_text

WIDE = Table(
    "A caption.",
    pd.DataFrame(),
    pd.DataFrame(
        {
            "variant": ["Small", "Small+Superficial"],
            **{f"measure {n}": [f"0.{n}75 [0.116, 0.255]", f"0.{n}93 [0.1, 0.2] (+0.400)"] for n in range(1, 8)},
        }
    ),
)


@pytest.mark.parametrize("width", [60, 80, 100, 300])
def test_a_wide_table_is_shown_in_parts_that_fit(width):
    text = table_text(WIDE, width)
    assert max(map(len, text.splitlines())) <= width
    cells = WIDE.shown.to_numpy()[:, 1:].ravel().tolist()
    assert all(cell in text for cell in cells)
    parts = text.split("\n\n")[:-1]
    assert [part.splitlines()[0].split("  ")[0] for part in parts] == ["variant"] * len(parts)
    assert (len(parts) == 1) == (width == 300)


def test_a_long_text_is_folded_and_an_empty_cell_stays_empty():
    table = Table("C.", pd.DataFrame(), pd.DataFrame({"question": ["q", ""], "response": ["word " * 40, "end"]}))
    text = table_text(table, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("word") == 40


def test_a_text_is_shortened_with_a_sign():
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdef", 4) == "abc…"
