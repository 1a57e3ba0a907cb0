"""How much of a GPU's memory the cache of a token takes, for models with and without attention."""

import pytest
from transformers import GPT2Config, LlamaConfig, Mamba2Config, MambaConfig

from superficial.models.batch_size import cached_values_per_token


@pytest.mark.parametrize(
    ("config", "values"),
    [
        (LlamaConfig(num_hidden_layers=3, hidden_size=64, num_attention_heads=8, num_key_value_heads=2), 2 * 3 * 16),
        (GPT2Config(n_layer=3, n_embd=64, n_head=8), 2 * 3 * 64),
        # Without attention heads.
        (MambaConfig(num_hidden_layers=3, hidden_size=64), 2 * 3 * 64),
        (Mamba2Config(num_hidden_layers=3, hidden_size=64, num_heads=16, head_dim=8), 2 * 3 * 64),
    ],
)
def test_the_cache_of_a_token_is_counted_with_and_without_attention(config, values):
    assert cached_values_per_token(config) == values
