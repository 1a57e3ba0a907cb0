"""How large a model is and what a token costs it, by the shape of its architecture."""

from __future__ import annotations

from superficial.config.external import Architecture

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
# What a process holds that has loaded torch and transformers.
TORCH_BYTES = 2e9


def parameters(shape: Architecture) -> int:
    """Return how many weights a model has."""
    return shape.layers * _layer(shape) + shape.width + _embeddings(shape) * (1 if shape.tied else 2)


def _embeddings(shape: Architecture) -> int:
    return shape.vocabulary * shape.width


def _layer(shape: Architecture) -> int:
    keys = shape.key_value_heads * (shape.width // shape.heads)
    attention = 2 * shape.width * (shape.width + keys)
    bias = shape.width + 2 * keys if shape.attention_bias else 0
    return attention + bias + 3 * shape.width * shape.feed_forward + 2 * shape.width


def weight_bytes(shape: Architecture, dtype: str) -> int:
    """Return the size of a model's weights, in a file or in memory."""
    return parameters(shape) * BYTES[dtype]


def cache_bytes(shape: Architecture, dtype: str) -> int:
    """Return what the key-value cache holds for one token."""
    return 2 * shape.layers * shape.key_value_heads * (shape.width // shape.heads) * BYTES[dtype]


def token_operations(shape: Architecture, context: float) -> float:
    """Return the floating-point operations of one token's pass after `context` others, the output head included."""
    multiplied = parameters(shape) - (0 if shape.tied else _embeddings(shape))
    return 2 * multiplied + 4 * shape.layers * shape.width * context


def adapter_parameters(shape: Architecture, rank: int) -> int:
    """Return how many weights low-rank adapters of all linear layers of the decoder have."""
    keys = shape.key_value_heads * (shape.width // shape.heads)
    sides = 2 * (2 * shape.width) + 2 * (shape.width + keys) + 3 * (shape.width + shape.feed_forward)
    return shape.layers * rank * sides
