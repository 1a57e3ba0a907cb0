"""Takes a tiny model of an architecture through everything that is done with a model: load, generate, trace, distil,
apply, merge. `python -m tests.support.sweep` does so for all architectures, and writes docs/MODELS.md.
"""

from __future__ import annotations

import copy
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from superficial.distillation.heads import DEFAULT_RESIDUAL_SETTINGS, train_residual_head
from superficial.models.batching import allows_padding, can_cache
from superficial.models.generation import generate
from superficial.models.identity import weights_fingerprints
from superficial.models.limits import position_limit
from superficial.models.loading import load_complete, load_model
from superficial.traces.output_head import Pair
from superficial.traces.trace import Trace
from superficial.traces.tracing import hidden_states, trace_prompts
from tests.support.architectures import POSITIONS, build
from tests.support.greedy import argmax_loop
from tests.support.word_tokenizer import word_tokenizer

# Larger ones are not tiny: the general sizes do not reach some of their parts.
LARGEST = 3_000_000
# Relative; deep recurrences amplify the rounding of float32 to a few thousandths.
TOLERANCE = 1e-2
LIMIT = 6


@dataclass(frozen=True)
class Finding:
    """What became of an architecture: `batched`, `equal lengths`, `no cache`, `refused` or `not tried`, and why."""

    kind: str
    outcome: str
    reason: str = ""


def examine(kind: str) -> Finding:
    """Try an architecture.

    Raises:
        AssertionError: if something that is not refused is wrong.
    """
    try:
        model = build(kind)
        with torch.no_grad():
            model(input_ids=torch.tensor([[5, 6, 7]]), use_cache=False)
    # Configurations are checked in many ways, or not at all.
    except Exception as error:
        return Finding(kind, "not tried", f"{type(error).__name__}: {error}")
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if parameters > LARGEST:
        return Finding(kind, "not tried", f"{parameters / 1e6:.0f} million parameters")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model.save_pretrained(folder)
        word_tokenizer().save_pretrained(folder)
        try:
            model, _ = load_model(folder)
        except ValueError as error:
            return Finding(kind, "refused", str(error).replace(name, "FOLDER"))
        _check_fingerprints(model, folder)
    ends = _check_responses(model)
    try:
        _check_head(model, ends)
    except ValueError as error:
        return Finding(kind, "refused", str(error))
    _check_long_prompt(model, ends)
    outcome = "batched" if allows_padding(model) else "equal lengths" if can_cache(model) else "no cache"
    return Finding(kind, outcome)


def _texts(count: int, shared: int, seed: int) -> list[list[int]]:
    """Prompts of several lengths, two of them equal, after as many tokens that they share."""
    generator = torch.Generator().manual_seed(seed)
    lengths = [4, 7, 9, 5, 9][:count]
    draw = lambda length: torch.randint(4, 60, (length,), generator=generator).tolist()  # noqa: E731
    beginning = draw(shared)
    return [beginning + draw(length) for length in lengths]


def _check_responses(model: PreTrainedModel) -> list[int]:
    """Check responses against the argmax loop, and return end tokens that end some of them early."""
    short = _texts(5, 0, 0)
    free = [argmax_loop(model, text, [], LIMIT) for text in short[:2]]
    ends = [free[0][2], free[1][4]]
    for prompts in (short, _texts(3, 66, 1)):
        expected = [argmax_loop(model, prompt, ends, LIMIT) for prompt in prompts]
        assert generate(model, prompts, ends, LIMIT, 4) == expected, "responses differ from the argmax loop"
    return ends


def _check_head(model: PreTrainedModel, ends: list[int]) -> None:
    """Check states, and that a distilled head does the same applied for a while, merged, and in a saved checkpoint."""
    prompts, aligned = _texts(5, 0, 2), copy.deepcopy(model)
    torch.manual_seed(1)
    output_head: Any = aligned.get_output_embeddings()
    output_head.weight = torch.nn.Parameter(output_head.weight + 0.3 * torch.randn_like(output_head.weight))
    trace = Trace.concatenate(list(trace_prompts(model, aligned, prompts, prompts, ends, LIMIT, 4)))
    pair, responses = Pair.of(model, aligned), list(trace.responses().values())
    alone = [hidden_states(model, [p], [r], 1, [0]) for p, r in zip(prompts, responses, strict=True)]
    _check_close(trace.base_hidden, torch.cat(alone), "states depend on the other texts of a batch")
    # Both models have one body; one reads the responses, and the other writes them.
    _check_close(trace.aligned_hidden, torch.cat(alone), "states depend on who writes the responses")
    _check_close(
        pair.base.logits(trace.base_hidden), _logits(model, prompts, responses), "logits are not head times state"
    )

    head = train_residual_head(pair, trace, trace, DEFAULT_RESIDUAL_SETTINGS)
    assert head.card["validation_kl_after"] < head.card["validation_kl_before"], "a head learns nothing"
    merged = copy.deepcopy(model)
    head.merge_into(merged)
    expected = [argmax_loop(merged, prompt, ends, LIMIT) for prompt in prompts]
    with head.applied_to(model):
        assert generate(model, prompts, ends, LIMIT, 4) == expected, "an applied head responds differently"
    with tempfile.TemporaryDirectory() as name:
        merged.save_pretrained(name)
        word_tokenizer().save_pretrained(name)
        saved, _ = load_model(Path(name))
        assert weights_fingerprints(saved) == weights_fingerprints(merged), "a merged checkpoint has other weights"
        assert generate(saved, prompts, ends, LIMIT, 4) == expected, "a merged checkpoint responds differently"


@torch.no_grad()
def _logits(model: PreTrainedModel, prompts: list[list[int]], responses: list[list[int]]) -> torch.Tensor:
    texts = [(prompt + response[:-1], len(prompt) - 1) for prompt, response in zip(prompts, responses, strict=True)]
    return torch.cat([model(input_ids=torch.tensor([text]), use_cache=False).logits[0][at:] for text, at in texts])


def _check_close(value: torch.Tensor, expected: torch.Tensor, message: str) -> None:
    assert (value - expected).abs().max() <= TOLERANCE * expected.abs().max(), message


def _check_fingerprints(model: PreTrainedModel, folder: Path) -> None:
    """Check that a model is known in every data type."""
    expected = weights_fingerprints(model)
    for name, dtype in (("weights", torch.bfloat16), ("weights_float16", torch.float16)):
        loaded = load_complete(type(model), folder, dtype=dtype)
        assert weights_fingerprints(loaded)[name] == expected[name], f"another model in {dtype}"


def _check_long_prompt(model: PreTrainedModel, ends: list[int]) -> None:
    """Check that a prompt beyond the tables of positions is read, or refused in a sentence."""
    prompt = [4 + number % 50 for number in range(POSITIONS + 8)]
    try:
        generate(model, [prompt], ends, 1, 1)
    except ValueError:
        assert position_limit(model) == POSITIONS, "a long prompt is refused without a limit"
