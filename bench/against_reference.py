"""Times the library against the procedure of the paper's authors (`bench.reference`) on the same models and prompts.

    python -m bench.against_reference --profile lab --out bench/against_reference.json

`invoke bench` does the same. The models are the small pair of a finished lab run, and random pairs whose vocabulary,
width or number of prompts is four times as large as in the first of them. The two sides alternate, each on one thread;
seconds are those of the processor, medians over the rounds, with wall time beside them. Evaluation is also timed with
all cores for either side, by the wall. Every comparison also checks the results: tokens must agree exactly, hidden
states to 1e-4.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor
from transformers import PreTrainedModel

from bench import reference
from bench.records import argument_parser, date_and_machine, publish, write
from bench.workloads import Workload, lab_pair, random_pair
from repro.engine.paths import profile_file, results_folder
from superficial.config import Profile, load_profile
from superficial.config.distillation import DistillationSettings
from superficial.distillation.residual import distil
from superficial.distillation.training_loop import Distilled
from superficial.heads.merging import merged_temporarily
from superficial.models.batches import DEFAULT_BATCH
from superficial.models.generation import generate
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import Pair
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_prompts

ROUNDS = 3
# About as many as a run of the lab traces: with few prompts, the library's batches are hardly full.
PROMPTS = 900
# A round runs this many of the reference's thousand epochs; the time is scaled up.
REFERENCE_EPOCHS = 20
TOLERANCE = 1e-4

T = TypeVar("T")


@dataclass
class Times:
    """The seconds of one side in each round: those of its ratio (of the processor or on the wall), and on the wall."""

    compared: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def of(self, work: Callable[[], T], scale: float = 1.0) -> T:
        """Do some work, note its seconds of the processor times `scale`, and return its result."""
        processor, wall = time.process_time(), time.perf_counter()
        result = work()
        self.compared.append(scale * (time.process_time() - processor))
        self.wall.append(scale * (time.perf_counter() - wall))
        return result

    def of_all(self, tasks: Sequence[Callable[[], T]], processes: ProcessPoolExecutor) -> list[T]:
        """Do tasks in other processes at the same time, note the seconds on the wall, and return their results."""
        wall = time.perf_counter()
        results = [future.result() for future in [processes.submit(task) for task in tasks]]
        self.wall.append(time.perf_counter() - wall)
        self.compared.append(self.wall[-1])
        return results


def library_trace(load: Workload, batch_size: int = DEFAULT_BATCH) -> Trace:
    """Trace a workload with the library."""
    prompts = load.base_prompts, load.aligned_prompts
    parts = trace_prompts(load.base, load.aligned, *prompts, [load.end_token], load.max_new_tokens, batch_size)
    return Trace.concatenate(list(parts))


def reference_traces(load: Workload) -> list[reference.Steps]:
    """Trace a workload with the authors' procedure, prompt by prompt."""
    return [
        reference.extract(load.base, load.aligned, base_prompt, aligned_prompt, load.end_token, load.max_new_tokens)
        for base_prompt, aligned_prompt in zip(load.base_prompts, load.aligned_prompts, strict=True)
    ]


def extraction(load: Workload) -> Iterator[dict[str, Any]]:
    """Compare extraction: the responses, and the hidden states of both models over them."""
    ours, one_by_one, theirs = Times(), Times(), Times()
    positions, largest_difference = 0, 0.0
    for part in load.rounds(ROUNDS):
        traces = [ours.of(partial(library_trace, part)), one_by_one.of(partial(library_trace, part, 1))]
        steps = theirs.of(partial(reference_traces, part))
        tokens = [token for step in steps for token in step.tokens]
        positions += len(tokens)
        for trace in traces:
            assert trace.token.tolist() == tokens, f"{load.name}: the responses differ"
            for hidden, expected in (
                (trace.base_hidden, [step.base_hidden for step in steps]),
                (trace.aligned_hidden, [step.aligned_hidden for step in steps]),
            ):
                difference = (hidden[:] - torch.cat(expected)).abs().max().item()
                largest_difference = max(largest_difference, difference)
    assert largest_difference <= TOLERANCE, f"{load.name}: hidden states differ by {largest_difference:.2g}"
    more = {"positions": positions, "largest_difference": largest_difference}
    yield _record("extraction", load, ours, theirs, **more)
    yield _record("extraction, one prompt at a time", load, one_by_one, theirs, **more)


@dataclass(frozen=True)
class Problem:
    """A pair of heads, and the positions of four fifths and of one fifth of a workload's prompts."""

    pair: Pair
    train: Trace
    validation: Trace

    @staticmethod
    def of(load: Workload) -> Problem:
        """Return the problem of a workload."""
        trace = library_trace(load)
        held_out = trace.prompt % 5 == 0
        return Problem(Pair.of(load.base, load.aligned), trace.select(~held_out), trace.select(held_out))

    def solve(self, settings: DistillationSettings, seed: int) -> Distilled:
        """Distil with the library."""
        return distil(self.pair, self.train, self.validation, settings, seed)


def distillation(
    load: Workload, settings: DistillationSettings, seed: int, random_start: bool = False
) -> dict[str, Any]:
    """Compare distillation: its time, and the validation KL that it reaches."""
    problem = Problem.of(load)
    pair, train, validation = problem.pair, problem.train, problem.validation
    hidden = train.base_hidden[:]
    base_logits, aligned_logits = pair.base.logits(hidden), pair.aligned.logits(train.aligned_hidden[:])
    validation_hidden = validation.base_hidden[:]
    teacher, start = pair.aligned.logits(validation.aligned_hidden[:]), pair.base.logits(validation_hidden)
    reference_kl: list[float] = []

    def after_epoch(delta: Tensor) -> None:
        reference_kl.append(kl_divergence(teacher, start + validation_hidden @ delta.T).mean().item())

    by_reference = partial(reference.distil, hidden, base_logits, aligned_logits, random_start=random_start)
    ours, theirs = Times(), Times()
    for _ in range(ROUNDS):
        trained = ours.of(lambda: problem.solve(settings, seed))
        theirs.of(lambda: by_reference(REFERENCE_EPOCHS), reference.EPOCHS / REFERENCE_EPOCHS)
    # All thousand epochs are run once, untimed, for the validation KL that they reach.
    by_reference(reference.EPOCHS, after_epoch=after_epoch)
    return _record(
        "distillation",
        load,
        ours,
        theirs,
        positions=len(train),
        validation_kl_before=trained.validation_kl[0],
        validation_kl_ours=trained.kept_kl,
        validation_kl_reference=min(reference_kl),
        validation_kl_reference_last=reference_kl[-1],
    )


def _answers_of_library(load: Workload, delta: Tensor, batch_size: int) -> list[list[list[int]]]:
    """Return the responses of the base, of the aligned model, and of the base with a head: rows of Table 1."""

    def respond(model: PreTrainedModel, prompts: list[list[int]]) -> list[list[int]]:
        return generate(model, prompts, load.end_token, load.max_new_tokens, batch_size)

    plain = respond(load.base, load.base_prompts), respond(load.aligned, load.aligned_prompts)
    with merged_temporarily(load.base, delta, 1.0):
        return [*plain, respond(load.base, load.base_prompts)]


def _answers_of_reference(load: Workload, delta: Tensor) -> list[list[list[int]]]:
    """Return the same responses by the authors' procedure."""
    rows = [(load.base, None, load.base_prompts), (load.aligned, None, load.aligned_prompts)]
    return [
        reference.answer(model, change, prompts, load.end_token, load.max_new_tokens)
        for model, change, prompts in [*rows, (load.base, delta, load.base_prompts)]
    ]


def evaluation(load: Workload, delta: Tensor) -> Iterator[dict[str, Any]]:
    """Compare the responses of the rows of Table 1: the base, the aligned model, and the base with a head."""
    ours, equal, theirs = Times(), Times(), Times()
    for part in load.rounds(ROUNDS):
        responses = ours.of(partial(_answers_of_library, part, delta, DEFAULT_BATCH))
        of_equal = equal.of(partial(_answers_of_library, part, delta, reference.ANSWERED_AT_ONCE))
        expected = theirs.of(partial(_answers_of_reference, part, delta))
        assert responses == expected == of_equal, f"{load.name}: the responses differ"
    questions = 3 * len(load.base_prompts)
    yield _record("evaluation", load, ours, theirs, questions=questions)
    yield _record(f"evaluation, batches of {reference.ANSWERED_AT_ONCE}", load, equal, theirs, questions=questions)


def evaluation_on_all_cores(load: Workload, delta: Tensor) -> dict[str, Any]:
    """Compare the wall time of evaluation where either side has all cores, each in its own way.

    The library has a process of one thread for each core, which share the prompts. The authors' procedure is one
    process, as they run it, and torch spreads its operations over the cores. A part of the ratio is due to this.
    """
    cores = len(os.sched_getaffinity(0))

    def run(number: int, ours: Times, theirs: Times) -> None:
        shares = [partial(_share_of_library, number, share, cores) for share in range(cores)]
        responses = ours.of_all(shares, many)
        (expected,) = theirs.of_all([partial(_share_of_reference, number)], one)
        for share, answers in enumerate(responses):
            assert answers == [row[share::cores] for row in expected], f"{load.name}: the responses differ"

    ours, theirs = Times(), Times()
    with _processes(cores, 1, load, delta) as many, _processes(1, cores, load, delta) as one:
        # Processes start with their first task, so one round is run beforehand.
        run(0, Times(), Times())
        for number in range(ROUNDS):
            run(number, ours, theirs)
    return _record(f"evaluation, {cores} cores", load, ours, theirs, questions=3 * len(load.base_prompts))


def _processes(count: int, threads: int, load: Workload, delta: Tensor) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, context, _begin, (threads, load, delta, context.Barrier(count)))


_held: list[tuple[Workload, Tensor]] = []


def _begin(threads: int, load: Workload, delta: Tensor, ready: Barrier) -> None:
    torch.set_num_threads(threads)
    _held.append((load, delta))
    ready.wait()


def _share_of_library(number: int, share: int, shares: int) -> list[list[list[int]]]:
    ((load, delta),) = _held
    return _answers_of_library(load.rounds(ROUNDS)[number].rounds(shares)[share], delta, DEFAULT_BATCH)


def _share_of_reference(number: int) -> list[list[list[int]]]:
    ((load, delta),) = _held
    return _answers_of_reference(load.rounds(ROUNDS)[number], delta)


def _record(name: str, load: Workload, ours: Times, theirs: Times, **more: float) -> dict[str, Any]:
    return {
        "name": name,
        "models": load.name,
        "ours_seconds": statistics.median(ours.compared),
        "reference_seconds": statistics.median(theirs.compared),
        "ratio": statistics.median(theirs.compared) / statistics.median(ours.compared),
        "ours_spread": [min(ours.compared), max(ours.compared)],
        "reference_spread": [min(theirs.compared), max(theirs.compared)],
        "ours_wall_seconds": statistics.median(ours.wall),
        "reference_wall_seconds": statistics.median(theirs.wall),
        **more,
    }


def end_to_end(load: Workload, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the seconds of a column of Table 1: extraction and evaluation of all rounds, and distillation."""

    def total(key: str) -> float:
        rounds = {"extraction": ROUNDS, "distillation": 1, "evaluation": ROUNDS}
        return sum(rounds[part["name"]] * part[key] for part in parts if part["name"] in rounds)

    sums = {f"{side}_{kind}": total(f"{side}_{kind}") for side in ("ours", "reference") for kind in _SECONDS}
    ratio = sums["reference_seconds"] / sums["ours_seconds"]
    return {"name": "end-to-end", "models": load.name, "ratio": ratio, **sums}


_SECONDS = ("seconds", "wall_seconds")


def workloads(profile: Profile, results: Path, prompts: int) -> list[Workload]:
    """Return the lab's pair, and random pairs that show the growth with vocabulary, width and prompts."""
    few = max(10, prompts // 6)
    sizes = {"vocabulary": 1024, "width": 128, "prompts": few}
    larger = ({}, *({name: 4 * size} for name, size in sizes.items()))
    return [lab_pair(profile, results, prompts), *(random_pair(**sizes | change) for change in larger)]


def compare(
    profile: Profile,
    results: Path,
    prompts: int = PROMPTS,
    random_start: bool = False,
    out: Path | None = None,
) -> list[dict[str, Any]]:
    """Run comparisons, print each, and return a record of each: the seconds of both sides and their ratio.

    Where `out` is given, the records so far are written to it after each pair: a run that is stopped keeps them.
    """
    torch.set_num_threads(1)
    settings = profile.distillation
    seed, records = settings.seeds[0], []
    for load in workloads(profile, results, prompts):
        measured = [*extraction(load), distillation(load, settings, seed, random_start)]
        delta = Problem.of(load).solve(settings, seed).matrix
        measured += [*evaluation(load, delta), evaluation_on_all_cores(load, delta)]
        measured.append(end_to_end(load, measured))
        for record in measured:
            print(
                f"{record['models']:45} {record['name']:32} library {record['ours_seconds']:8.2f} s   reference "
                f"{record['reference_seconds']:9.2f} s   ratio {record['ratio']:7.1f}",
                flush=True,
            )
            records.append(record | date_and_machine())
        write(records, out)
    return records


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--profile", default="lab", help="a profile of which a finished run exists")
    parser.add_argument("--prompts", type=int, default=PROMPTS, help="prompts of the lab pair")
    parser.add_argument(
        "--random-start", action="store_true", help="the reference starts at random values, as the official code does"
    )
    arguments = parser.parse_args()
    profile, results = load_profile(profile_file(arguments.profile)), results_folder(arguments.profile)
    records = compare(profile, results, arguments.prompts, arguments.random_start, arguments.out)
    publish(records, arguments.out)


if __name__ == "__main__":
    main()
