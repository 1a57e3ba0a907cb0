"""Which texts share a batch, for one architecture of each kind."""

import pytest

from superficial.models.batching import Batch, plan_batches
from tests.support.architectures import build

LENGTHS = [5, 3, 5, 4, 3, 5]
KINDS = {"llama": "mixed", "gemma3": "mixed", "mamba": "equal", "lfm2": "equal", "bloom": "equal", "rwkv": "uncached"}
EQUAL = [[1, 4], [3], [0, 2], [5]]


@pytest.mark.parametrize("kind", KINDS)
def test_only_texts_that_leave_each_other_unchanged_share_a_batch(kind):
    expected = {
        "mixed": [Batch(numbers, True, True) for numbers in ([1, 4], [3, 0], [2, 5])],
        "equal": [Batch(numbers, False, True) for numbers in EQUAL],
        "uncached": [Batch(numbers, False, False) for numbers in EQUAL],
    }
    assert plan_batches(build(kind), LENGTHS, 2, growth=7) == expected[KINDS[kind]]
