"""The size of a model and the cost of a token, from the shape of its architecture."""

from __future__ import annotations

from superficial.config.shapes import Architecture

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


def parameters(architecture: Architecture) -> int:
    """Return the number of weights of a model."""
    embeddings = _embeddings(architecture) * (1 if architecture.tied else 2)
    return architecture.layers * _layer(architecture) + architecture.width + embeddings


def _embeddings(architecture: Architecture) -> int:
    return architecture.vocabulary * architecture.width


def _key_width(architecture: Architecture) -> int:
    """Return the width of the keys of one token in one layer; the values have the same."""
    return architecture.key_value_heads * (architecture.width // architecture.heads)


def _layer(architecture: Architecture) -> int:
    width, keys = architecture.width, _key_width(architecture)
    attention = 2 * width * (width + keys)
    bias = width + 2 * keys if architecture.attention_bias else 0
    norms = 2 * width
    return attention + bias + 3 * width * architecture.feed_forward + norms


def weight_bytes(architecture: Architecture, dtype: str) -> int:
    """Return the size of a model's weights, in a file or in memory."""
    return parameters(architecture) * BYTES[dtype]


def cache_bytes(architecture: Architecture, dtype: str) -> int:
    """Return the size of one token in the key-value cache."""
    return 2 * architecture.layers * _key_width(architecture) * BYTES[dtype]


def token_operations(architecture: Architecture, context: float) -> float:
    """Return the floating-point operations of a forward pass for one token, the output head included.

    Args:
        architecture: the shape of the model.
        context: the number of tokens before it, which attention reads.
    """
    multiplied = parameters(architecture) - (0 if architecture.tied else _embeddings(architecture))
    return 2 * multiplied + 4 * architecture.layers * architecture.width * context


def adapter_parameters(architecture: Architecture, rank: int) -> int:
    """Return the number of weights of low-rank adapters on all linear layers of the decoder."""
    width, keys = architecture.width, _key_width(architecture)
    inputs_and_outputs = 2 * (2 * width) + 2 * (width + keys) + 3 * (width + architecture.feed_forward)
    return architecture.layers * rank * inputs_and_outputs
