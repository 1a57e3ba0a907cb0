"""The table of response positions by kind of token."""

from __future__ import annotations

import pandas as pd

from superficial.measures.token_kinds import KindMeasures
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval
from superficial.reporting.token_kinds import main_head_kinds

_CAPTION = (
    "Response positions of the test questions by the kind of the aligned model's token: share of shift tokens, KL to "
    "the aligned model (nats) of the base and with the main head, and the share of the KL that the head takes away."
)
_MEASURES = {"shifted": "shifted", "kl_base": "KL, base", "kl_superficial": "KL, head", "recovered_kl": "recovered KL"}


def token_kinds_table(results: Results) -> Table:
    """Return what is measured of the main head at each kind of token."""
    measured = main_head_kinds(results)
    shown = [
        {"kind": one.kind, "positions": one.positions}
        | {title: with_interval(getattr(one, name), 3) for name, title in _MEASURES.items()}
        for one in measured
    ]
    return Table(_CAPTION, kinds_data(measured), pd.DataFrame(shown))


def kinds_data(measured: list[KindMeasures]) -> pd.DataFrame:
    """Return kinds as a table of numbers."""
    rows = []
    for one in measured:
        row: dict[str, object] = {"kind": one.kind, "positions": one.positions}
        for name in _MEASURES:
            row |= getattr(one, name).columns(f"{name}_")
        rows.append(row)
    return pd.DataFrame(rows)
