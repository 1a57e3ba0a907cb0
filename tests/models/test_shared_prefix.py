"""The beginning that prompts share, and the cache of a batch that starts with it."""

import pytest
import torch

from superficial.models.shared_prefix import cache_with_prefix, read_prefix, shared_prefix
from tests.support.tiny_models import tiny_model

PREFIX = [5 + number % 50 for number in range(70)]


@pytest.mark.parametrize(
    ("prompts", "prefix"),
    [([], []), ([[1, 2, 3], [1, 2]], [1]), ([[1, 2], [4, 2]], []), ([[1, 2, 3, 4], [1, 2, 3, 5]], [1, 2, 3])],
)
def test_the_prefix_is_shared_and_leaves_every_prompt_a_token(prompts, prefix):
    assert shared_prefix(prompts) == prefix


def test_a_short_prefix_is_not_read():
    assert read_prefix(tiny_model("llama", 0), PREFIX[:63]) == []


@torch.no_grad()
def test_rows_of_a_batch_begin_with_the_prefix_after_their_paddings():
    model, paddings = tiny_model("llama", 0), [0, 3]
    layers = read_prefix(model, PREFIX[:64])
    cache = cache_with_prefix(model, layers, paddings)
    assert cache.get_seq_length() == 64
    for number, (keys, values) in enumerate(layers):
        for row, padding in enumerate(paddings):
            for cached, read in ((cache.layers[number].keys, keys), (cache.layers[number].values, values)):
                assert torch.equal(cached[row, :, padding:], read[0, :, : 64 - padding])
