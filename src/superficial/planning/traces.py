"""What the stage traces takes: the aligned model responds, and both models read the responses."""

from __future__ import annotations

from superficial.config import Profile
from superficial.models.batches import MEMORY_SHARE_WITH_SECOND_MODEL
from superficial.planning.call import TORCH_PROCESS_BYTES, CallPlan, GenerationPlan
from superficial.planning.quantities import (
    architecture_of,
    dtype_of,
    expected_questions,
    output_head_bytes,
    question_count,
    response_tokens,
    trace_row_bytes,
)
from superficial.planning.responses import LONGEST_PROMPT, MIN_BATCH, plan_generation
from superficial.planning.sizes import cache_bytes, token_operations, weight_bytes

# Questions of a benchmark are traced in these splits; validation questions are part of the training questions.
_SPLITS = ("train", "test")
# Prompts whose rows are collected in host memory before they are written.
_PROMPTS_A_SHARD = 512


def plan_traces(profile: Profile, name: str) -> CallPlan:
    """Return what it takes to trace a pair."""
    pair = profile.pairs[name]
    aligned_size = architecture_of(profile, pair.aligned), dtype_of(profile, pair.aligned)
    writer = pair.base if pair.written_with else pair.aligned
    # A pair that reads the responses of an earlier pair only needs its own base model.
    generates = profile.pair_with_same_responses(name) is None
    models = [(architecture_of(profile, pair.base), dtype_of(profile, pair.base))]
    if generates:
        models.append(aligned_size)
    tokens_read = positions = operations = 0.0
    generations: list[GenerationPlan] = []
    for benchmark in pair.benchmarks:
        prompt = expected_questions(profile, pair.base, benchmark).prompt_tokens
        response = response_tokens(profile, pair.base, benchmark)
        for split in _SPLITS:
            count = question_count(profile, pair.base, benchmark, split)
            if generates:
                share = MEMORY_SHARE_WITH_SECOND_MODEL
                generations.append(plan_generation(profile, writer, benchmark, count, memory_share=share))
                tokens_read += count * prompt
            texts = count * (prompt + response)
            context = (prompt + response) / 2
            positions += count * response
            tokens_read += len(models) * texts
            operations += texts * sum(token_operations(architecture, context) for architecture, _ in models)
    row_bytes, head_bytes = trace_row_bytes(profile, name), output_head_bytes(profile, name)
    weights = sum(weight_bytes(*model) for model in models)
    mean_prompts = [expected_questions(profile, pair.base, benchmark).prompt_tokens for benchmark in pair.benchmarks]
    max_length = LONGEST_PROMPT * max(mean_prompts) + profile.max_new_tokens
    return CallPlan(
        "traces",
        name,
        disk_bytes=positions * row_bytes + head_bytes,
        host_bytes=TORCH_PROCESS_BYTES + head_bytes + _PROMPTS_A_SHARD * profile.max_new_tokens * row_bytes,
        card_bytes=weights + MIN_BATCH * cache_bytes(*aligned_size) * max_length,
        loaded_bytes=weights,
        tokens_read=tokens_read,
        tokens_written=positions,
        operations=operations + sum(generation.operations for generation in generations),
        generations=tuple(generations),
    )
