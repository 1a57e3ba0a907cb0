"""The table of how the recovered shares depend on single choices of the distillation."""

from __future__ import annotations

from superficial.measures.scores import MEASURES
from superficial.reporting import sensitivity
from superficial.reporting.results import Results
from superficial.reporting.table import Table, with_interval


def sensitivity_table(results: Results) -> Table:
    """Return the recovered shares for each setting of the distillation."""
    settings = sensitivity.study(results)
    data = sensitivity.as_data(settings)
    shown = data[["axis", "way"]].assign(
        **{"validation KL": data["validation_kl"].map("{:.3f}".format), "garbled": data["garbled"].map("{:.3f}".format)}
    )
    for measure in sensitivity.measures(results):
        shares = [with_interval(setting.shares[measure], 2) for setting in settings]
        shown[f"share, {MEASURES[measure].label}"] = shares
    caption = (
        "Recovered share of the small pair by how its head is learned; each row changes one choice of the first. "
        "Paired bootstrap intervals over questions."
    )
    return Table(caption, data, shown)
