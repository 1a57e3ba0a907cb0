"""Times the solver of residual heads against the best Adam: seconds and the validation KL of each.

    python -m bench.solver --traces results/lab/traces/small --prompts 200 500 --draws 3 --out bench/solver.json

Seconds are those of one thread of the processor, or with `--device cuda` those on the wall, as a GPU has no others.

The problems are pairs of finished runs, at numbers of training prompts that are drawn several times, and planted pairs.
Adam runs at every rate of `--rates` for at most a thousand epochs. It stops when there was no new lowest validation KL
for `PATIENCE` epochs, or for twice as many as it took to the lowest, at least `LEAST_PATIENCE`. Where the vocabulary is
large, on the CPU this search trains only the rows of the teacher's first tokens, and the best rate runs once more with
all rows. The best Adam is the fastest rate whose validation KL is within `SAME` of the lowest. All seconds include the
set-up and the measurement of the validation KL. The record is written after each problem; one that it has is measured
anew.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from bench.planted import PLANTED
from bench.records import argument_parser, date_and_machine, write
from superficial.config.distillation import DistillationSettings
from superficial.distillation.adam import adam_step
from superficial.distillation.objective import build_training_objective, build_validation_objectives
from superficial.distillation.refinement import gradient_of_rows
from superficial.distillation.residual import distil
from superficial.distillation.teacher import survey_teacher
from superficial.models.device import set_up_torch
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.shards import read_shards
from superficial.traces.splits import sample_prompts
from superficial.traces.trace import Trace, to_gpu_if_it_fits

OURS = DistillationSettings()
RATES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
EPOCHS, BATCH, EPSILON = 1000, 1000, 1e-8
PATIENCE, LEAST_PATIENCE = 100, 5
# The rows of the teacher's first tokens are searched where a vocabulary is larger than this.
LARGE_VOCABULARY, SEARCHED_TOP = 10000, 20
SAME = 0.005
ROUNDS = 3


@dataclass(frozen=True)
class Problem:
    """A pair of heads with training and validation positions."""

    name: str
    pair: Pair
    train: Trace
    validation: Trace


@dataclass(frozen=True)
class Adam:
    """A run of Adam: its lowest validation KL, the epoch of it, and seconds until then and until it was stopped."""

    rate: float
    kl: float
    epoch: int
    seconds: float
    seconds_of_the_run: float


@dataclass(frozen=True)
class Row:
    """Seconds and validation KL of both sides on a problem, with Adam's best rate and epoch.

    Attributes:
        adam_seconds: until the best epoch at the best rate.
        searched_rows: how many rows of dW the search trains.
        search_seconds: of Adam at all rates.
        search: every rate's run.
    """

    problem: str
    vocabulary: int
    width: int
    positions: int
    validation_kl_before: float
    ours_seconds: float
    validation_kl_ours: float
    adam_seconds: float
    validation_kl_adam: float
    adam_rate: float
    adam_epoch: int
    searched_rows: int
    search_seconds: float
    search: list[Adam]


def clock(device: torch.device) -> float:
    """Return the CPU seconds of this process, or on a GPU the seconds on the wall, when all its work is done."""
    if device.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def problems(folder: Path, counts: list[int], draws: int, device: str = "cpu") -> list[Problem]:
    """Return the problems of the traces of a pair: each number of prompts (0: all), drawn several times."""
    pair = Pair.read(folder / "weights.safetensors").to(device)
    train, validation = (
        to_gpu_if_it_fits(read_shards(folder / split), pair.device) for split in ("train", "validation")
    )
    # results/PROFILE/traces/PAIR
    name = f"{folder.absolute().parents[1].name} {folder.name}"
    return [
        Problem(
            f"{name}, {f'{count} prompts, draw {draw + 1}' if count else 'all prompts'}",
            pair,
            sample_prompts(train, count, draw) if count else train,
            validation,
        )
        for count in counts
        for draw in range(draws if count else 1)
    ]


def adam(problem: Problem, rate: float, epochs: int, top: int | None = None, patience: int = PATIENCE) -> Adam:
    """Train the rows of dW by Adam as in the paper, and stop where the validation KL no longer falls.

    Args:
        problem: what is learned.
        rate: Adam's, constant.
        epochs: passes over the training positions at most.
        top: train the rows of tokens that the teacher ranks among its first `top`; None: all rows.
        patience: the most epochs after the best one.
    """
    pair, train = problem.pair, problem.train
    begin = clock(pair.device)
    teacher, tokens = survey_teacher(pair.aligned, train, None, top)
    objective = build_training_objective(pair, tokens, train, teacher, pair.base)
    (held_out,) = build_validation_objectives(pair, tokens, problem.validation, None, [pair.base])
    gradient, generator = gradient_of_rows(objective), torch.Generator().manual_seed(0)
    # Steps depend on gradients alone: to train W_b + dW from W_b is to train dW from 0.
    rows = objective.pair.base.weight.clone()
    step = adam_step(rows, rate, EPSILON, None)
    best = Adam(rate, held_out.mean_kl(held_out.pair.base.logits), 0, 0.0, 0.0)
    for epoch in range(1, epochs + 1):
        for positions in torch.randperm(len(train), generator=generator).split(BATCH):
            rows = step(gradient(positions, rows), rows)
        kl = held_out.mean_kl(OutputHead(rows, held_out.pair.base.bias).logits)
        if kl < best.kl:
            best = Adam(rate, kl, epoch, clock(pair.device) - begin, 0.0)
        if epoch - best.epoch >= min(patience, max(LEAST_PATIENCE, 2 * best.epoch)):
            break
    return replace(best, seconds_of_the_run=clock(pair.device) - begin)


def ours(problem: Problem) -> tuple[float, list[float]]:
    """Return the seconds of the solver, and the validation KL of its way."""
    begin = clock(problem.pair.device)
    trained = distil(problem.pair, problem.train, problem.validation, OURS)
    return clock(problem.pair.device) - begin, trained.validation_kl


def measure(problem: Problem, rates: list[float], epochs: int, rounds: int) -> Row:
    """Time the solver, search Adam's best rate, and where the search trained few rows, run this rate with all rows."""
    vocabulary, width = problem.pair.base.weight.shape
    is_large = vocabulary > LARGE_VOCABULARY and problem.pair.device.type == "cpu"
    top = SEARCHED_TOP if is_large else None
    timed = [ours(problem) for _ in range(rounds)]
    history = timed[0][1]
    search = [adam(problem, rate, epochs, top) for rate in rates]
    lowest = min(run.kl for run in search)
    best = min((run for run in search if run.kl <= lowest + SAME * abs(lowest)), key=lambda run: run.seconds)
    rows = len(survey_teacher(problem.pair.aligned, problem.train, None, top)[1])
    if is_large:
        best = adam(problem, best.rate, epochs, patience=LEAST_PATIENCE)
        lowest = best.kl
    return Row(
        problem.name,
        vocabulary,
        width,
        len(problem.train),
        history[0],
        statistics.median(seconds for seconds, _ in timed),
        min(history),
        best.seconds,
        lowest,
        best.rate,
        best.epoch,
        rows,
        sum(run.seconds_of_the_run for run in search),
        search,
    )


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--traces", type=Path, nargs="+", default=[], help="folders of traces of a finished run")
    parser.add_argument("--prompts", type=int, nargs="+", default=[200, 500, 0], help="training prompts; 0: all")
    parser.add_argument("--draws", type=int, default=3, help="how often prompts are drawn")
    parser.add_argument("--planted", nargs="+", choices=PLANTED, default=[], help="planted pairs")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, help="the learning rates of Adam")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often the solver is timed; the median counts")
    arguments = parser.parse_args()
    set_up_torch(1, needs_gpu=arguments.device == "cuda")
    rows: list[dict[str, Any]] = []
    if arguments.out and arguments.out.is_file():
        rows = json.loads(arguments.out.read_text(encoding="utf-8"))
    machine = date_and_machine()
    if arguments.device == "cuda":
        machine["machine"] = f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    todo = []
    for name in arguments.planted:
        pair, *traces = PLANTED[name].make()
        pair = pair.to(arguments.device)
        todo.append(Problem(name, pair, *(to_gpu_if_it_fits(trace, pair.device) for trace in traces)))
    for folder in arguments.traces:
        todo += problems(folder, arguments.prompts, arguments.draws, arguments.device)
    for problem in todo:
        row = asdict(measure(problem, arguments.rates, EPOCHS, arguments.rounds)) | machine
        print(json.dumps(row, indent=1), flush=True)
        rows = [other for other in rows if other["problem"] != problem.name] + [row]
        write(rows, arguments.out)


if __name__ == "__main__":
    main()
