"""Times the library against `reference`, the paper's own procedure, on the same models, prompts and machine.

    invoke bench --json FILE

Two pairs: the small lab pair of a finished reproduction, and a random Llama pair of hidden size 512 and 8192 tokens,
with a quarter of the prompts.
Both sides take turns within one run, each round on other prompts; seconds are medians over the rounds. Each comparison
also checks that both found the same: hidden states to 1e-4, tokens exactly; a validation KL that is higher is said.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from bench import reference
from bench.records import about
from superficial.config import Profile
from superficial.distillation.residual import DistillationSettings, distil, kl_divergence
from superficial.heads.merging import merged
from superficial.models.generation import generate
from superficial.models.loading import load_model
from superficial.prompts import Prompting, read_context
from superficial.traces.output_head import OutputHead
from superficial.traces.splits import select
from superficial.traces.trace import Trace, collect

ROUNDS = 3
# Of the paper's thousand epochs, how many a round of the reference's distillation takes.
EPOCHS = 20
TOLERANCE = 1e-4
BATCH = 64


@dataclass(frozen=True)
class Workload:
    """A pair, prompts of both, the end token and the longest response; `learned` prompts are distilled from."""

    name: str
    base: PreTrainedModel
    aligned: PreTrainedModel
    base_prompts: list[list[int]]
    aligned_prompts: list[list[int]]
    eos: int
    max_new_tokens: int
    learned: int


def lab(profile: Profile, results: Path, prompts: int) -> Workload:
    """Return the small lab pair, on the CPU, on training questions drawn from all families."""
    base, tokenizer = load_model(results / "models" / "small")
    aligned, _ = load_model(results / "models" / "small-chat")
    questions = pd.read_parquet(results / "worlds" / profile.world_of("small") / "train.parquet")
    context = read_context(results / "worlds" / profile.world_of("small") / "context.json")
    texts = questions[questions["benchmark"] != "marks"].sample(prompts, random_state=0)["prompt"]
    promptings = Prompting(context, "plain"), Prompting(context, "chat")
    prompts_of_both = [[prompting.token_ids(tokenizer, text) for text in texts] for prompting in promptings]
    end, longest = tokenizer.eos_token_id, profile.max_new_tokens
    return Workload("lab", base.cpu(), aligned.cpu(), *prompts_of_both, end, longest, learned=prompts // 3)


def random_pair(prompts: int) -> Workload:
    """Return a random Llama and a copy of it whose weights have moved, those of the head most: that can be learned.

    Its prompts are random tokens.
    """
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=8192,
        hidden_size=512,
        intermediate_size=1024,
        num_hidden_layers=4,
        num_attention_heads=8,
        initializer_range=0.05,
    )
    base, aligned = (LlamaForCausalLM(config).eval() for _ in range(2))
    state = {
        name: value + (0.02 if name == "lm_head.weight" else 0.005) * torch.randn_like(value)
        for name, value in base.state_dict().items()
    }
    aligned.load_state_dict(state)
    drawn = [torch.randint(3, 8192, (20 + number % 40,)).tolist() for number in range(prompts)]
    return Workload("random-512", base, aligned, drawn, drawn, eos=2, max_new_tokens=16, learned=2 * prompts // 3)


def parts(load: Workload) -> list[Workload]:
    """Deal a workload's prompts out to the rounds."""
    return [
        replace(
            load, base_prompts=load.base_prompts[first::ROUNDS], aligned_prompts=load.aligned_prompts[first::ROUNDS]
        )
        for first in range(ROUNDS)
    ]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds and what the work returned."""
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def traced(load: Workload) -> Trace:
    """Trace a workload as the reproduction does."""
    new = generate(load.aligned, load.aligned_prompts, load.eos, load.max_new_tokens, BATCH)
    return collect(load.base, load.aligned, load.base_prompts, load.aligned_prompts, new, BATCH)


def looped(load: Workload) -> list[reference.Steps]:
    """Trace a workload as the paper does."""
    prompts = zip(load.base_prompts, load.aligned_prompts, strict=True)
    return [reference.extract(load.base, load.aligned, *both, load.eos, load.max_new_tokens) for both in prompts]


def extraction(load: Workload) -> dict[str, Any]:
    """Compare extraction: responses, and both models' states over them."""
    times: tuple[list[float], list[float]] = ([], [])
    positions, off = 0, 0.0
    for part in parts(load):
        spent, trace = timed(lambda part=part: traced(part))
        times[0].append(spent)
        spent, steps = timed(lambda part=part: looped(part))
        times[1].append(spent)
        tokens = [token for one in steps for token in one.tokens]
        assert trace.token.tolist() == tokens, f"{load.name}: the responses differ"
        positions += len(tokens)
        for found, each in ((trace.base_hidden, "base_hidden"), (trace.aligned_hidden, "aligned_hidden")):
            off = max(off, (found - torch.cat([getattr(one, each) for one in steps])).abs().max().item())
    assert off <= TOLERANCE, f"{load.name}: hidden states differ by {off:.2g}"
    return _record("extraction", load, times, positions=positions, largest_difference=off)


def distillation(load: Workload, settings: DistillationSettings) -> dict[str, Any]:
    """Compare distillation, and the validation KL that both reach."""
    load = replace(
        load, base_prompts=load.base_prompts[: load.learned], aligned_prompts=load.aligned_prompts[: load.learned]
    )
    trace, base, aligned = traced(load), OutputHead.of(load.base), OutputHead.of(load.aligned)
    held_out = trace.prompt % 5 == 0
    train, validation = select(trace, ~held_out), select(trace, held_out)
    dense = [head.logits(hidden) for head, hidden in ((base, train.base_hidden), (aligned, train.aligned_hidden))]
    teacher, start = aligned.logits(validation.aligned_hidden), base.logits(validation.base_hidden)
    reached: list[float] = []

    def look(delta: torch.Tensor) -> None:
        reached.append(kl_divergence(teacher, start + validation.base_hidden @ delta.T).mean().item())

    times: tuple[list[float], list[float]] = ([], [])
    # The paper's thousand epochs are run whole once, for their KL; some are timed between each two runs of ours.
    for _ in range(ROUNDS):
        spent, found = timed(lambda: distil(base, aligned, train, validation, settings))
        times[0].append(spent)
        spent, _ = timed(lambda: reference.distil(train.base_hidden, *dense, EPOCHS))
        times[1].append(reference.EPOCHS / EPOCHS * spent)
    reference.distil(train.base_hidden, *dense, reference.EPOCHS, look)
    ours, theirs = min(found.validation_kl), min(reached)
    if ours > theirs:
        print(f"{load.name}: ours ends at validation KL {ours:.4f}, the paper's setting at {theirs:.4f}", flush=True)
    rate = work(load, settings, len(train.token), len(validation.token)) / statistics.median(times[0])
    return _record(
        "distillation",
        load,
        times,
        positions=len(train.token),
        gigaflops=rate / 1e9,
        share_of_matmul_rate=rate / matmul_rate(base, min(settings.batch_size, len(train.token))),
        validation_kl_before=found.validation_kl[0],
        ours_validation_kl=ours,
        reference_best_validation_kl=theirs,
        reference_last_validation_kl=reached[-1],
    )


def work(load: Workload, settings: DistillationSettings, learned: int, checked: int) -> float:
    """Return the floating-point operations of distilling all rows: each head once, then the products of the epochs."""
    base, aligned = (model.get_output_embeddings().weight.shape for model in (load.base, load.aligned))
    once = 2 * (learned + checked) * base[0] * (base[1] + aligned[1])
    epoch = 2 * (2 * learned + checked) * base[0] * base[1]
    return once + settings.epochs * epoch


def matmul_rate(head: OutputHead, batch: int) -> float:
    """Return the operations a second of the products that a step of distillation makes, one after the other."""
    vocabulary, width = head.weight.shape
    hidden, slope = torch.randn(batch, width), torch.randn(batch, vocabulary)
    spent = [timed(lambda: (hidden @ head.weight.T, slope.T @ hidden))[0] for _ in range(20)]
    return 4 * batch * vocabulary * width / statistics.median(spent)


def evaluation(load: Workload) -> dict[str, Any]:
    """Compare answering by the base with a head, merged or added at each step of a loop."""
    head = load.base.get_output_embeddings().weight
    delta = 0.02 * head.std() * torch.randn(head.shape, generator=torch.Generator().manual_seed(1))

    def ours(part: Workload) -> list[list[int]]:
        with merged(part.base, delta, 1.0):
            return generate(part.base, part.base_prompts, part.eos, part.max_new_tokens, BATCH)

    def theirs(part: Workload) -> list[list[int]]:
        return [reference.answer(part.base, delta, one, part.eos, part.max_new_tokens) for one in part.base_prompts]

    times: tuple[list[float], list[float]] = ([], [])
    for part in parts(load):
        spent, left = timed(lambda part=part: ours(part))
        times[0].append(spent)
        spent, right = timed(lambda part=part: theirs(part))
        times[1].append(spent)
        assert left == right, f"{load.name}: the answers differ"
    return _record("evaluation", load, times, questions=len(load.base_prompts))


def _record(name: str, load: Workload, times: tuple[list[float], list[float]], **more: float) -> dict[str, Any]:
    ours, theirs = (statistics.median(seconds) for seconds in times)
    return {
        "name": name,
        "models": load.name,
        "ours_seconds": ours,
        "reference_seconds": theirs,
        "ratio": theirs / ours,
        "ours_spread": [min(times[0]), max(times[0])],
        "reference_spread": [min(times[1]), max(times[1])],
        **more,
    }


def compare(profile: Profile, results: Path, prompts: int) -> list[dict[str, Any]]:
    """Return one record a comparison: name, models, both sides' seconds with their spread, and their ratio."""
    torch.set_num_threads(1)
    settings = DistillationSettings(**profile.distillation.of_first_seed())
    records = []
    for load in (lab(profile, results, prompts), random_pair(prompts // 4)):
        for comparison in (extraction, partial(distillation, settings=settings), evaluation):
            record = comparison(load)
            print(
                f"{record['models']:12}{record['name']:14} ours {record['ours_seconds']:8.2f} s   reference "
                f"{record['reference_seconds']:9.2f} s   ratio {record['ratio']:7.1f}",
                flush=True,
            )
            records.append(record)
    return records


def write(records: list[dict[str, Any]], file: Path) -> None:
    """Write the records as JSON, each with when and where it was measured."""
    file.write_text(json.dumps([record | about() for record in records], indent=1) + "\n", encoding="utf-8")
