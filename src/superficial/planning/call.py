"""What one call of a stage takes, and how long it takes on a card."""

from __future__ import annotations

from dataclasses import dataclass

from superficial.config.shapes import Architecture
from superficial.models.batches import MEMORY_SHARE, largest_batch
from superficial.planning.rates import GIGA, TERA, Assumptions, Card
from superficial.planning.sizes import cache_bytes, token_operations, weight_bytes

# Host memory of a process: without torch, and with torch and transformers.
PROCESS_BYTES = 0.5e9
TORCH_PROCESS_BYTES = 2e9


@dataclass(frozen=True)
class GenerationPlan:
    """Responses that a model generates.

    Attributes:
        architecture: of the model.
        dtype: its data type in memory.
        prompts: how many prompts are continued.
        prompt_tokens: their mean length.
        longest_prompt: the length of the longest.
        max_new_tokens: the longest response.
        memory_share: the share of a card's memory for weights and cache, see `largest_batch`.
        extra_bytes: what each step reads in addition: W_trans of a black-box head.
    """

    architecture: Architecture
    dtype: str
    prompts: int
    prompt_tokens: float
    longest_prompt: float
    max_new_tokens: int
    memory_share: float = MEMORY_SHARE
    extra_bytes: float = 0.0

    @property
    def weight_bytes(self) -> int:
        """Return the size of the model."""
        return weight_bytes(self.architecture, self.dtype)

    @property
    def cache_bytes(self) -> int:
        """Return the size of one token in the key-value cache."""
        return cache_bytes(self.architecture, self.dtype)

    @property
    def max_length(self) -> float:
        """Return the tokens of the longest prompt with its response."""
        return self.longest_prompt + self.max_new_tokens

    @property
    def operations(self) -> float:
        """Return the operations when every response reaches `max_new_tokens`."""
        context = self.prompt_tokens + self.max_new_tokens / 2
        generated = self.prompts * self.max_new_tokens * token_operations(self.architecture, context)
        return self._operations_of_prompts + generated

    @property
    def _operations_of_prompts(self) -> float:
        return self.prompts * self.prompt_tokens * token_operations(self.architecture, self.prompt_tokens / 2)

    def batch_size(self, card: Card) -> int:
        """Return how many prompts are continued at a time: what an evaluation chooses on this card."""
        weights = self.weight_bytes + self.extra_bytes
        max_length = int(self.longest_prompt) + self.max_new_tokens
        return largest_batch(card.memory_bytes, self.memory_share, weights, self.cache_bytes, max_length)

    def seconds(self, card: Card, assumptions: Assumptions) -> float:
        """Return the time; every batch runs up to `max_new_tokens`, since one of its responses may."""
        batch = min(self.batch_size(card), self.prompts)
        if not batch:
            return 0.0
        cached = batch * self.cache_bytes * (self.prompt_tokens + self.max_new_tokens / 2)
        moved_bytes = self.weight_bytes + cached + self.extra_bytes
        moving = moved_bytes / (assumptions.bandwidth_share * card.bandwidth_gigabytes * GIGA)
        starting = self.architecture.layers * assumptions.layer_milliseconds / 1e3
        reading = self._operations_of_prompts / (assumptions.matmul_share * card.bfloat16_teraflops * TERA)
        batches = -(-self.prompts // batch)
        return reading + batches * self.max_new_tokens * max(moving, starting)


@dataclass(frozen=True)
class CallPlan:
    """What one call of a stage takes. Numbers include those of `generations`.

    Attributes:
        stage: the stage, as `repro/workflow.py` names it.
        name: what it is called on.
        download_bytes: what it downloads.
        disk_bytes: the files that it leaves.
        scratch_bytes: files that it writes and removes again.
        host_bytes: the peak of host memory.
        card_bytes: the least memory that a card must have; 0 for a stage without one.
        loaded_bytes: what it reads from disk onto the card.
        moved_bytes: what it moves in the card's memory, generation aside.
        tokens_read: tokens that a model reads.
        tokens_written: tokens that a model generates.
        operations: floating-point operations.
        float32_operations: those among them that are in float32.
        generations: the responses that it generates.
    """

    stage: str
    name: str
    download_bytes: float = 0.0
    disk_bytes: float = 0.0
    scratch_bytes: float = 0.0
    host_bytes: float = 0.0
    card_bytes: float = 0.0
    loaded_bytes: float = 0.0
    moved_bytes: float = 0.0
    tokens_read: float = 0.0
    tokens_written: float = 0.0
    operations: float = 0.0
    float32_operations: float = 0.0
    generations: tuple[GenerationPlan, ...] = ()

    def seconds(self, card: Card, assumptions: Assumptions) -> float:
        """Return the time on a card, without downloads."""
        generating = sum(generation.seconds(card, assumptions) for generation in self.generations)
        generated = sum(generation.operations for generation in self.generations)
        products = self.operations - self.float32_operations - generated
        multiplying = products / card.bfloat16_teraflops + self.float32_operations / card.float32_teraflops
        return (
            generating
            + multiplying / (assumptions.matmul_share * TERA)
            + self.moved_bytes / (assumptions.bandwidth_share * card.bandwidth_gigabytes * GIGA)
            + self.loaded_bytes / (assumptions.load_gigabytes_per_second * GIGA)
        )
