"""How much of everything a profile on real models has: models, questions, responses and rows of traces."""

from __future__ import annotations

from typing import NamedTuple

from superficial.config import Profile
from superficial.config.checkpoints import Published, Tuned
from superficial.config.questions import BenchmarkQuestions, ExpectedQuestions
from superficial.config.shapes import Architecture
from superficial.planning.sizes import BYTES

# The prompt, position and token of a row in a trace, each 8 bytes.
_ROW_NUMBERS_BYTES = 3 * 8


class Positions(NamedTuple):
    """How many response positions the traces of a pair have, by split."""

    train: float
    validation: float
    test: float


def architecture_of(profile: Profile, model: str) -> Architecture:
    """Return the architecture of a model; a tuned model has that of the model it was made from."""
    recipe = profile.models[model]
    if isinstance(recipe, Published):
        return profile.architectures[recipe.architecture]
    assert isinstance(recipe, Tuned), "profiles on real models have fetched and tuned ones"
    return architecture_of(profile, recipe.starts_from)


def dtype_of(profile: Profile, model: str) -> str:
    """Return the data type in which a model is held in memory."""
    recipe = profile.models[model]
    assert isinstance(recipe, Published | Tuned), "profiles on real models have fetched and tuned ones"
    return recipe.dtype


def expected_questions(profile: Profile, model: str, benchmark: str) -> ExpectedQuestions:
    """Return what the profile expects of a benchmark's questions, in the source of a model."""
    return _questions(profile, model, benchmark).expected


def question_count(profile: Profile, model: str, benchmark: str, split: str) -> int:
    """Return how many questions of a split are used: as many as are expected, up to the limit."""
    questions = _questions(profile, model, benchmark)
    expected: int = getattr(questions.expected, split)
    return min(expected, questions.limit.get(split, expected))  # type: ignore[call-overload]


def response_tokens(profile: Profile, model: str, benchmark: str) -> float:
    """Return the mean length of a response."""
    return min(expected_questions(profile, model, benchmark).response_tokens, profile.max_new_tokens)


def trace_positions(profile: Profile, pair: str, benchmarks: list[str] | None = None) -> Positions:
    """Return how many response positions the traces of a pair have, on some of its benchmarks; None: on all."""
    base, counted = profile.pairs[pair].base, benchmarks or profile.pairs[pair].benchmarks

    def count(split: str) -> float:
        return sum(question_count(profile, base, b, split) * response_tokens(profile, base, b) for b in counted)

    share = profile.sources[profile.world_of(base)].validation_share
    return Positions((1 - share) * count("train"), share * count("train"), count("test"))


def trace_row_bytes(profile: Profile, pair: str) -> float:
    """Return the size of one response position in a trace: the hidden states of both models, and three numbers."""
    models = (profile.pairs[pair].base, profile.pairs[pair].aligned)
    hidden = sum(architecture_of(profile, model).width * BYTES[dtype_of(profile, model)] for model in models)
    return _ROW_NUMBERS_BYTES + hidden


def output_head_bytes(profile: Profile, pair: str) -> float:
    """Return the size of both output heads of a pair, in float32."""
    return float(_output_head_weights(profile, pair) * BYTES["float32"])


def logits_operations(profile: Profile, pair: str) -> float:
    """Return the operations of the logits of both models of a pair at one position."""
    return 2.0 * _output_head_weights(profile, pair)


def base_vocabulary(profile: Profile, pair: str) -> int:
    """Return the size of the vocabulary of a pair."""
    return architecture_of(profile, profile.pairs[pair].base).vocabulary


def _output_head_weights(profile: Profile, pair: str) -> int:
    base, aligned = (architecture_of(profile, m) for m in (profile.pairs[pair].base, profile.pairs[pair].aligned))
    return base.vocabulary * (base.width + aligned.width)


def _questions(profile: Profile, model: str, benchmark: str) -> BenchmarkQuestions:
    return profile.sources[profile.world_of(model)].questions[benchmark]
