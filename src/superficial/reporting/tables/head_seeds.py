"""The table of how much the validation KL of a head depends on the seed of its distillation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from superficial.reporting.results import Results
from superficial.reporting.table import Table

_COLUMNS = ["head", "seeds", "first", "mean", "least", "most", "spread"]


def head_seeds_table(results: Results) -> Table:
    """Return the best validation KL (nats) by seed, for every head that was trained with several seeds."""
    rows = []
    for head in results.profile.heads:
        by_seed = results.card(head).get("best_validation_kl_by_seed", {})
        if by_seed:
            kl = np.array(list(by_seed.values()))
            rows.append([head, len(kl), kl[0], kl.mean(), kl.min(), kl.max(), kl.max() - kl.min()])
    data = pd.DataFrame(rows, columns=_COLUMNS)
    shown = data.assign(**{name: data[name].map("{:.4f}".format) for name in _COLUMNS[2:]})
    caption = (
        "Best validation KL (nats) of each head by the seed of its distillation: of the seed that is used (first), and "
        "over all seeds."
    )
    return Table(caption, data, shown)
