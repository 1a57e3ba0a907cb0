"""The table of response positions by how far alignment shifts their token."""

from __future__ import annotations

import pandas as pd

from superficial.measures.shift import category_shares
from superficial.reporting.results import Results
from superficial.reporting.table import Table


def shift_table(results: Results) -> Table:
    """Return how many response positions of each head's pair are unshifted, marginal and shifted."""
    rows = []
    for head in results.profile.heads:
        shares = category_shares(results.positions(head))
        rows += [{"head": head, **row} for row in shares.to_dict("records")]
    data = pd.DataFrame(rows)
    shown = data.assign(share=data["share"].map("{:.3f}".format))
    caption = (
        "Response positions of the test questions by the rank of the aligned model's top token in the base's "
        "distribution: unshifted (1), marginal (2-3), shifted (above 3)."
    )
    return Table(caption, data, shown)
