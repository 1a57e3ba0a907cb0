"""How much there is of everything in a profile of real models: shapes, questions, positions of traces."""

from __future__ import annotations

from dataclasses import dataclass

from superficial.config import Profile
from superficial.config.external import Architecture, Expected, Hub, Questions, Tuned
from superficial.planning.sizes import BYTES

# A position's numbers in a trace: prompt, position, token.
_NUMBERS = 3 * 8


@dataclass(frozen=True)
class Amounts:
    """The amounts of one profile, by the names it gives."""

    profile: Profile

    def shape(self, model: str) -> Architecture:
        recipe = self.profile.models[model]
        if isinstance(recipe, Hub):
            return self.profile.architectures[recipe.architecture]
        assert isinstance(recipe, Tuned), "profiles on real models hold fetched and tuned ones"
        return self.shape(recipe.of)

    def dtype(self, model: str) -> str:
        recipe = self.profile.models[model]
        assert isinstance(recipe, Hub | Tuned), "profiles on real models hold fetched and tuned ones"
        return recipe.dtype

    def expected(self, model: str, benchmark: str) -> Expected:
        return self._questions(model, benchmark).expected

    def _questions(self, model: str, benchmark: str) -> Questions:
        return self.profile.sources[self.profile.world_of(model)].questions[benchmark]

    def asked(self, model: str, benchmark: str, split: str) -> int:
        """Return how many questions are asked: what is there, or the limit."""
        questions = self._questions(model, benchmark)
        there: int = getattr(questions.expected, split)
        return min(there, questions.limit.get(split, there))  # type: ignore[call-overload]

    def response(self, model: str, benchmark: str) -> float:
        """Return the tokens of a mean response."""
        return min(self.expected(model, benchmark).response_tokens, self.profile.max_new_tokens)

    def row_bytes(self, pair: str) -> float:
        """Return the bytes of a position in a pair's trace: both hidden states and its numbers."""
        names = self.profile.pairs[pair]
        return _NUMBERS + sum(self.shape(m).width * BYTES[self.dtype(m)] for m in (names.base, names.aligned))

    def positions(self, pair: str) -> tuple[float, float, float]:
        """Return how many positions a pair's traces have for training, validation and test."""
        names = self.profile.pairs[pair]

        def count(split: str) -> float:
            return sum(self.asked(names.base, one, split) * self.response(names.base, one) for one in names.benchmarks)

        share = self.profile.sources[self.profile.world_of(names.base)].validation_share
        return (1 - share) * count("train"), share * count("train"), count("test")

    def output_heads(self, pair: str) -> tuple[float, float]:
        """Return the bytes of a pair's output heads, and the operations of both logits at a position."""
        base, aligned = (self.shape(m) for m in (self.profile.pairs[pair].base, self.profile.pairs[pair].aligned))
        weights = base.vocabulary * (base.width + aligned.width)
        return float(weights * BYTES["float32"]), 2.0 * weights
