"""How long a stage's work takes on a card: matrix products, memory traffic and generation, by stated rates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, PositiveFloat

from superficial.config.external import Architecture, Strict
from superficial.documents import checked, read_yaml
from superficial.models.batches import MEMORY_SHARE, largest_batch
from superficial.planning.sizes import cache_bytes, token_operations, weight_bytes

GIGA = 1e9


class Card(Strict):
    """A card: its memory, its dense matrix rates, its memory's bandwidth (a second)."""

    memory_gigabytes: PositiveFloat
    bfloat16_teraflops: PositiveFloat
    float32_teraflops: PositiveFloat
    bandwidth_gigabytes: PositiveFloat


class Assumed(Strict):
    """What share of a card's rates is reached, and what no card changes; `planning/cards.yaml` says why."""

    matmul_share: PositiveFloat = Field(le=1)
    bandwidth_share: PositiveFloat = Field(le=1)
    layer_milliseconds: PositiveFloat
    load_gigabytes_per_second: PositiveFloat
    characters_per_token: PositiveFloat


class Rates(Strict):
    """The file of cards."""

    cards: dict[str, Card]
    assumed: Assumed


@dataclass(frozen=True)
class Generation:
    """Prompts that a model continues: how many, their mean and largest length, and the limit of a response.

    `share` is what of a card weights and cache may take; `beside` are the bytes that each step reads beside these:
    those of W_trans.
    """

    shape: Architecture
    dtype: str
    prompts: int
    prompt_tokens: float
    longest_prompt: float
    limit: int
    share: float = MEMORY_SHARE
    beside: float = 0.0

    def batch(self, card: Card) -> int:
        """Return how many prompts are continued at a time: what the evaluation would choose on this card."""
        weights, cache = weight_bytes(self.shape, self.dtype) + self.beside, cache_bytes(self.shape, self.dtype)
        longest = int(self.longest_prompt) + self.limit
        return largest_batch(card.memory_gigabytes * GIGA, self.share, weights, cache, longest)

    def seconds(self, card: Card, assumed: Assumed) -> float:
        """Return the time: every batch goes on to the limit, since one of its responses may."""
        batch = min(self.batch(card), self.prompts)
        if not batch:
            return 0.0
        cached = batch * cache_bytes(self.shape, self.dtype) * (self.prompt_tokens + self.limit / 2)
        moved = weight_bytes(self.shape, self.dtype) + cached + self.beside
        step = moved / (assumed.bandwidth_share * card.bandwidth_gigabytes * GIGA)
        started = self.shape.layers * assumed.layer_milliseconds / 1e3
        prompts = self.prompts * self.prompt_tokens * token_operations(self.shape, self.prompt_tokens / 2)
        reading = prompts / (assumed.matmul_share * card.bfloat16_teraflops * 1e12)
        return reading + -(-self.prompts // batch) * self.limit * max(step, started)


@dataclass(frozen=True)
class Step:
    """What one call of a stage takes.

    Bytes: `download`, what it leaves on `disk`, the peak in `host` memory, the least that a `card` must have, what is
    `loaded` from disk and `moved` in the card's memory. Tokens `read` and `written`. Operations: `operations` all
    together, of which `precise` in float32. `generations` are part of all of these.
    """

    stage: str
    name: str
    download: float = 0.0
    disk: float = 0.0
    host: float = 0.0
    card: float = 0.0
    loaded: float = 0.0
    moved: float = 0.0
    read: float = 0.0
    written: float = 0.0
    operations: float = 0.0
    precise: float = 0.0
    generations: tuple[Generation, ...] = ()

    def seconds(self, card: Card, assumed: Assumed) -> float:
        """Return the time on a card; downloads are not counted."""
        generated = sum(one.seconds(card, assumed) for one in self.generations)
        rest = self.operations - self.precise - sum(map(operations_of, self.generations))
        products = rest / card.bfloat16_teraflops + self.precise / card.float32_teraflops
        return (
            generated
            + products / (assumed.matmul_share * 1e12)
            + self.moved / (assumed.bandwidth_share * card.bandwidth_gigabytes * GIGA)
            + self.loaded / (assumed.load_gigabytes_per_second * GIGA)
        )


def operations_of(one: Generation) -> float:
    """Return the operations of a generation whose responses all reach the limit."""
    read = one.prompts * one.prompt_tokens * token_operations(one.shape, one.prompt_tokens / 2)
    context = one.prompt_tokens + one.limit / 2
    return read + one.prompts * one.limit * token_operations(one.shape, context)


CARDS = Path(__file__).with_name("cards.yaml")


def read_rates(path: Path = CARDS) -> Rates:
    """Read and check the file of cards.

    Raises:
        ValueError: one sentence that names the file, the field, the value and what is allowed.
    """
    return checked(path, read_yaml(path), Rates)
