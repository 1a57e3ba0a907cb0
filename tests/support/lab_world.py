"""World 0 of the lab, and its tokenizer, which takes seconds to build. Tests must not change it."""

from functools import cache

from transformers import PreTrainedTokenizerFast

from superficial.lab.tokenizer import build_tokenizer
from superficial.lab.world import make_world

WORLD = make_world(0)


@cache
def world_tokenizer() -> PreTrainedTokenizerFast:
    """Return the tokenizer of the world."""
    return build_tokenizer(WORLD)
