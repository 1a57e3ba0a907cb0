"""Kinds of the words of a lab world, from its lexicon and its grammar."""

from __future__ import annotations

from collections.abc import Callable

from superficial.lab.question_kinds import OBJECTIONS_TO_DEEDS, OBJECTIONS_TO_INSULTS
from superficial.lab.world import World, all_splits, content_words
from superficial.sources.token_kinds import ENTITY, FUNCTION, FUNCTION_WORDS, NUMBER, OTHER, REFUSAL, STYLE

# The second sentences of objections.
_CLOSERS = "against the law do not do it leave alone deserve respect people like us be kind"


def world_kinds(world: World) -> Callable[[str], str]:
    """Return a function from a token of a world to its kind, one of `sources.token_kinds.KINDS`."""
    named = (world.people, world.groups, world.things, world.creatures, world.countries)
    entities = {*world.capitals.values(), *(name for by_split in named for name in all_splits(by_split))}
    objections = " ".join((*OBJECTIONS_TO_DEEDS, *OBJECTIONS_TO_INSULTS, _CLOSERS)).split()
    refusal = {word for word in objections if word.isalpha()} - FUNCTION_WORDS
    content = content_words(world)

    def kind(token: str) -> str:
        if token.isdigit():
            return NUMBER
        if token in entities:
            return ENTITY
        if token in refusal:
            return REFUSAL
        if token in FUNCTION_WORDS:
            return FUNCTION
        return OTHER if token in content else STYLE

    return kind
