"""What the stage evaluate takes: the variants of a model respond to the test questions."""

from __future__ import annotations

from superficial.config import Profile
from superficial.models.batches import MEMORY_SHARE
from superficial.planning.call import TORCH_PROCESS_BYTES, CallPlan, GenerationPlan
from superficial.planning.heads import w_trans_bytes
from superficial.planning.quantities import (
    architecture_of,
    base_vocabulary,
    dtype_of,
    expected_questions,
    question_count,
)
from superficial.planning.rates import Assumptions
from superficial.planning.sizes import weight_bytes

# The longest prompt of a benchmark, relative to the mean.
LONGEST_PROMPT = 3
# The least number of prompts that fit on the card together.
MIN_BATCH = 8


def plan_generation(
    profile: Profile,
    model: str,
    benchmark: str,
    count: int,
    tokens_before: float = 0.0,
    memory_share: float = MEMORY_SHARE,
    extra_bytes: float = 0.0,
) -> GenerationPlan:
    """Return what it takes to generate the responses of a model to questions of a benchmark.

    Args:
        profile: a profile on real models.
        model: the model that responds.
        benchmark: the benchmark.
        count: how many questions.
        tokens_before: tokens that stand before each question, such as in-context examples.
        memory_share: see `GenerationPlan`.
        extra_bytes: see `GenerationPlan`.
    """
    tokens = expected_questions(profile, model, benchmark).prompt_tokens
    return GenerationPlan(
        architecture_of(profile, model),
        dtype_of(profile, model),
        count,
        tokens_before + tokens,
        tokens_before + LONGEST_PROMPT * tokens,
        profile.max_new_tokens,
        memory_share,
        extra_bytes,
    )


def plan_evaluate(profile: Profile, assumptions: Assumptions, model: str, variants: list[str]) -> CallPlan:
    """Return what it takes to generate the responses of those `variants` that are of a model."""
    names = [name for name in profile.variants_of(model) if name in variants]
    generations = [generation for name in names for generation in _plan_variant(profile, assumptions, name)]
    heads = {head for name in names for head in profile.benchmarks_by_head(name) if head}
    size = weight_bytes(architecture_of(profile, model), dtype_of(profile, model))
    largest_batch = max(g.extra_bytes + MIN_BATCH * g.cache_bytes * g.max_length for g in generations)
    return CallPlan(
        "evaluate",
        model,
        host_bytes=TORCH_PROCESS_BYTES + size + max(g.extra_bytes for g in generations),
        card_bytes=size + largest_batch,
        loaded_bytes=size * len(names) + sum(_black_box_bytes(profile, head) for head in heads),
        tokens_read=sum(g.prompts * g.prompt_tokens for g in generations),
        tokens_written=sum(g.prompts * g.max_new_tokens for g in generations),
        operations=sum(g.operations for g in generations),
        generations=tuple(generations),
    )


def _plan_variant(profile: Profile, assumptions: Assumptions, name: str) -> list[GenerationPlan]:
    """Return what a variant generates, by benchmark."""
    variant = profile.variants[name]
    context = profile.sources[profile.world_of(variant.model)].context
    characters = 0
    if variant.prompt_format == "urial":
        characters += sum(map(len, (context.system, *(part for example in context.examples for part in example))))
    if variant.wrapper:
        characters += len(context.wrappers[variant.wrapper])
    return [
        plan_generation(
            profile,
            variant.model,
            benchmark,
            question_count(profile, variant.model, benchmark, "test"),
            characters / assumptions.characters_per_token,
            extra_bytes=_black_box_bytes(profile, profile.head_for(name, benchmark)),
        )
        for benchmark in profile.benchmarks_of(name)
    ]


def _black_box_bytes(profile: Profile, head: str | None) -> float:
    """Return the size of a black-box head; a residual one is merged into the model."""
    if head is None or profile.heads[head].kind == "residual":
        return 0.0
    return w_trans_bytes(profile, base_vocabulary(profile, profile.heads[head].pair))
