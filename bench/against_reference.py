"""Times the library against the paper's own procedure (`bench.reference`) on the same models and prompts.

    python -m bench.against_reference --profile lab --out bench/against_reference.json

`invoke bench` does the same. The models are the small pair of a finished lab run and a random pair of hidden size 512,
with a quarter of the prompts. The two sides alternate, and each round reads different prompts; the times are medians
over the rounds. Every comparison also checks the results: hidden states must agree to 1e-4 and tokens exactly, and a
higher validation KL of the library is reported.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch

from bench import reference
from bench.records import argument_parser, date_and_machine, publish
from bench.workloads import Workload, lab_pair, random_pair
from repro.engine.paths import profile_file, results_folder
from superficial.config import Profile, load_profile
from superficial.config.distillation import DistillationSettings
from superficial.distillation.residual import distil
from superficial.heads.merging import merged_temporarily
from superficial.models.generation import generate
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import Pair
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_responses

ROUNDS = 3
PROMPTS = 576
# A round runs this many of the reference's thousand epochs; the time is scaled up.
REFERENCE_EPOCHS = 20
TOLERANCE = 1e-4
BATCH = 64

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds that a function takes, and what it returns."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def library_trace(load: Workload) -> Trace:
    """Trace a workload with the library."""
    responses = generate(load.aligned, load.aligned_prompts, load.end_token, load.max_new_tokens, BATCH)
    return trace_responses(load.base, load.aligned, load.base_prompts, load.aligned_prompts, responses, BATCH)


def reference_traces(load: Workload) -> list[reference.Steps]:
    """Trace a workload with the paper's procedure, prompt by prompt."""
    return [
        reference.extract(load.base, load.aligned, base_prompt, aligned_prompt, load.end_token, load.max_new_tokens)
        for base_prompt, aligned_prompt in zip(load.base_prompts, load.aligned_prompts, strict=True)
    ]


def extraction(load: Workload) -> dict[str, Any]:
    """Compare extraction: the responses, and the hidden states of both models over them."""
    ours: list[float] = []
    theirs: list[float] = []
    positions, largest_difference = 0, 0.0
    for part in load.rounds(ROUNDS):
        seconds, trace = timed(partial(library_trace, part))
        ours.append(seconds)
        seconds, steps = timed(partial(reference_traces, part))
        theirs.append(seconds)
        tokens = [token for step in steps for token in step.tokens]
        assert trace.token.tolist() == tokens, f"{load.name}: the responses differ"
        positions += len(tokens)
        for hidden, expected in (
            (trace.base_hidden, [step.base_hidden for step in steps]),
            (trace.aligned_hidden, [step.aligned_hidden for step in steps]),
        ):
            difference = (hidden[:] - torch.cat(expected)).abs().max().item()
            largest_difference = max(largest_difference, difference)
    assert largest_difference <= TOLERANCE, f"{load.name}: hidden states differ by {largest_difference:.2g}"
    return _record("extraction", load, ours, theirs, positions=positions, largest_difference=largest_difference)


def distillation(load: Workload, settings: DistillationSettings, seed: int) -> dict[str, Any]:
    """Compare distillation: its time, and the validation KL that it reaches."""
    trace = library_trace(load.first(load.distilled))
    pair = Pair.of(load.base, load.aligned)
    held_out = trace.prompt % 5 == 0
    train, validation = trace.select(~held_out), trace.select(held_out)
    hidden = train.base_hidden[:]
    base_logits, aligned_logits = pair.base.logits(hidden), pair.aligned.logits(train.aligned_hidden[:])
    validation_hidden = validation.base_hidden[:]
    teacher, start = pair.aligned.logits(validation.aligned_hidden[:]), pair.base.logits(validation_hidden)
    reference_kl: list[float] = []

    def after_epoch(delta: torch.Tensor) -> None:
        reference_kl.append(kl_divergence(teacher, start + validation_hidden @ delta.T).mean().item())

    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        seconds, learned = timed(lambda: distil(pair, train, validation, settings, seed))
        ours.append(seconds)
        seconds, _ = timed(lambda: reference.distil(hidden, base_logits, aligned_logits, REFERENCE_EPOCHS))
        theirs.append(reference.EPOCHS / REFERENCE_EPOCHS * seconds)
    # All thousand epochs are run once, untimed, for the validation KL that they reach.
    reference.distil(hidden, base_logits, aligned_logits, reference.EPOCHS, after_epoch)
    best, best_of_reference = min(learned.validation_kl), min(reference_kl)
    if best > best_of_reference:
        print(
            f"{load.name}: the library reaches validation KL {best:.4f}, the paper's procedure {best_of_reference:.4f}",
            flush=True,
        )
    return _record(
        "distillation",
        load,
        ours,
        theirs,
        positions=len(train),
        validation_kl_before=learned.validation_kl[0],
        validation_kl_ours=best,
        validation_kl_reference=best_of_reference,
        validation_kl_reference_last=reference_kl[-1],
    )


def evaluation(load: Workload) -> dict[str, Any]:
    """Compare generation by the base model with a residual head: merged into it, or added at each step of a loop."""
    head = load.base.get_output_embeddings().weight
    delta = 0.02 * head.std() * torch.randn(head.shape, generator=torch.Generator().manual_seed(1))

    def library(part: Workload) -> list[list[int]]:
        with merged_temporarily(part.base, delta, 1.0):
            return generate(part.base, part.base_prompts, part.end_token, part.max_new_tokens, BATCH)

    def loop(part: Workload) -> list[list[int]]:
        return [
            reference.answer(part.base, delta, prompt, part.end_token, part.max_new_tokens)
            for prompt in part.base_prompts
        ]

    ours: list[float] = []
    theirs: list[float] = []
    for part in load.rounds(ROUNDS):
        seconds, responses = timed(partial(library, part))
        ours.append(seconds)
        seconds, expected = timed(partial(loop, part))
        theirs.append(seconds)
        assert responses == expected, f"{load.name}: the responses differ"
    return _record("evaluation", load, ours, theirs, questions=len(load.base_prompts))


def _record(name: str, load: Workload, ours: list[float], theirs: list[float], **more: float) -> dict[str, Any]:
    return {
        "name": name,
        "models": load.name,
        "ours_seconds": statistics.median(ours),
        "reference_seconds": statistics.median(theirs),
        "ratio": statistics.median(theirs) / statistics.median(ours),
        "ours_spread": [min(ours), max(ours)],
        "reference_spread": [min(theirs), max(theirs)],
        **more,
    }


def compare(profile: Profile, results: Path, prompts: int) -> list[dict[str, Any]]:
    """Run all comparisons, print each, and return a record of each: the seconds of both sides and their ratio."""
    torch.set_num_threads(1)
    settings = profile.distillation
    records = []
    for load in (lab_pair(profile, results, prompts), random_pair(prompts // 4)):
        for comparison in (extraction, partial(distillation, settings=settings, seed=settings.seeds[0]), evaluation):
            record = comparison(load)
            print(
                f"{record['models']:12}{record['name']:14} library {record['ours_seconds']:8.2f} s   reference "
                f"{record['reference_seconds']:9.2f} s   ratio {record['ratio']:7.1f}",
                flush=True,
            )
            records.append(record | date_and_machine())
    return records


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--profile", default="lab", help="a profile of which a finished run exists")
    parser.add_argument("--prompts", type=int, default=PROMPTS, help="prompts of the lab pair")
    arguments = parser.parse_args()
    profile = load_profile(profile_file(arguments.profile))
    publish(compare(profile, results_folder(arguments.profile), arguments.prompts), arguments.out)


if __name__ == "__main__":
    main()
