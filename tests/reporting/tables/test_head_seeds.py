"""The spread of the validation KL over the seeds of a head."""

import json

from repro.engine.paths import PAPER
from superficial.artifacts import CARD
from superficial.reporting.results import Results
from superficial.reporting.tables.head_seeds import head_seeds_table
from tests.reporting.means import CENTRAL


def test_heads_with_several_seeds_are_listed_with_their_spread(tmp_path):
    for number, head in enumerate(CENTRAL.heads):
        card = {"best_validation_kl_by_seed": {"1": 0.5, "2": 0.25, "3": 0.75}} if number == 0 else {}
        file = tmp_path / CARD.of(head=head)
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(card))
    table = head_seeds_table(Results(tmp_path, CENTRAL, PAPER))
    (row,) = table.data.to_dict("records")
    assert row == {
        **{"head": next(iter(CENTRAL.heads)), "seeds": 3, "first": 0.5, "mean": 0.5},
        **{"least": 0.25, "most": 0.75, "spread": 0.5},
    }
    assert table.shown.iloc[0].tolist() == [row["head"], 3, "0.5000", "0.5000", "0.2500", "0.7500", "0.5000"]
