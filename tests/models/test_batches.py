"""How many prompts fit on a card."""

import pytest

from superficial.models.batches import LARGEST_BATCH, largest_batch


@pytest.mark.parametrize(
    ("card_bytes", "weight_bytes", "batch"),
    [
        # 0.9 of 100 bytes leave 40 beside the weights: four texts of ten tokens of a byte each.
        (100, 50, 4),
        # Nothing is left: one text has to fit.
        (100, 95, 1),
        (1e15, 0, LARGEST_BATCH),
    ],
)
def test_a_batch_fills_the_memory_share_and_no_more(card_bytes, weight_bytes, batch):
    assert largest_batch(card_bytes, 0.9, weight_bytes, cache_bytes_per_token=1, max_length=10) == batch
