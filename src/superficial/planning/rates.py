"""How fast cards are, and the share of these rates that a plan counts on: the file `cards.yaml`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, PositiveFloat

from superficial.config.types import StrictModel
from superficial.documents import checked, read_yaml

GIGA, TERA = 1e9, 1e12
CARDS = Path(__file__).with_name("cards.yaml")


class Card(StrictModel):
    """A GPU: its memory, its rates of dense matrix products, and the bandwidth of its memory (per second)."""

    memory_gigabytes: PositiveFloat
    bfloat16_teraflops: PositiveFloat
    float32_teraflops: PositiveFloat
    bandwidth_gigabytes: PositiveFloat

    @property
    def memory_bytes(self) -> float:
        """Return its memory in bytes."""
        return self.memory_gigabytes * GIGA


class Assumptions(StrictModel):
    """The share of a card's rates that is reached, and what is the same on every card; `cards.yaml` says why."""

    matmul_share: PositiveFloat = Field(le=1)
    bandwidth_share: PositiveFloat = Field(le=1)
    layer_milliseconds: PositiveFloat
    load_gigabytes_per_second: PositiveFloat
    characters_per_token: PositiveFloat


class Rates(StrictModel):
    """The content of the file: cards by name, and the assumptions."""

    cards: dict[str, Card]
    assumptions: Assumptions


def read_rates(path: Path = CARDS) -> Rates:
    """Read and check the file of cards.

    Raises:
        ValueError: one sentence that names the file, the field, the value and what is allowed.
    """
    return checked(path, read_yaml(path), Rates)
