"""Times the solver of residual heads against the best Adam: CPU seconds of one thread, and the validation KL of each.

    python -m bench.solver --traces results/lab/traces/small --prompts 200 500 --draws 3 --out bench/solver.json

The problems are pairs of a finished run, at numbers of training prompts that are drawn several times. Adam runs at
every rate of `--rates` for a thousand epochs; its best rate is then timed up to its best epoch. Both sides include the
set-up and the measurement of the validation KL, and take turns.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from bench.records import argument_parser, date_and_machine, publish
from superficial.config.distillation import AdamSettings, DistillationSettings
from superficial.distillation.residual import distil
from superficial.distillation.training_loop import Distilled
from superficial.traces.output_head import Pair
from superficial.traces.shards import read_shards
from superficial.traces.splits import sample_prompts
from superficial.traces.trace import Trace

OURS = DistillationSettings()
RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
EPOCHS, BATCH, EPSILON = 1000, 1000, 1e-8
ROUNDS = 3


@dataclass(frozen=True)
class Problem:
    """A pair of heads with training and validation positions."""

    name: str
    pair: Pair
    train: Trace
    validation: Trace


@dataclass(frozen=True)
class Row:
    """CPU seconds and validation KL of both sides on a problem, with Adam's best rate and epoch."""

    problem: str
    positions: int
    validation_kl_before: float
    ours_seconds: float
    validation_kl_ours: float
    adam_seconds: float
    validation_kl_adam: float
    adam_rate: float
    adam_epoch: int


def problems(folder: Path, counts: list[int], draws: int) -> list[Problem]:
    """Return the problems of the traces of a pair: each number of prompts (0: all), drawn several times."""
    pair = Pair.read(folder / "weights.safetensors")
    train, validation = read_shards(folder / "train"), read_shards(folder / "validation")
    return [
        Problem(
            f"{folder.name}, {f'{count} prompts, draw {draw + 1}' if count else 'all prompts'}",
            pair,
            sample_prompts(train, count, draw) if count else train,
            validation,
        )
        for count in counts
        for draw in range(draws if count else 1)
    ]


def adam(rate: float, epochs: int) -> DistillationSettings:
    """Return the settings of the paper's Adam, every row trained, at a rate."""
    settings = AdamSettings(learning_rate=rate, epsilon=EPSILON, epochs=epochs, batch_size=BATCH)
    return DistillationSettings(adam=settings)


def timed(problem: Problem, settings: DistillationSettings) -> tuple[float, Distilled]:
    """Return the CPU seconds of a distillation, and its result."""
    begin = time.process_time()
    trained = distil(problem.pair, problem.train, problem.validation, settings)
    return time.process_time() - begin, trained


def measure(problem: Problem, rates: list[float], epochs: int) -> Row:
    """Search Adam's best rate and epoch, then time both sides in turn; the times are the least of several rounds."""
    by_rate = {rate: timed(problem, adam(rate, epochs))[1].validation_kl for rate in rates}
    rate = min(by_rate, key=lambda rate: min(by_rate[rate]))
    epoch = max(1, by_rate[rate].index(min(by_rate[rate])))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        seconds, trained = timed(problem, OURS)
        ours.append(seconds)
        theirs.append(timed(problem, adam(rate, epoch))[0])
    history = trained.validation_kl
    lowest = min(by_rate[rate])
    return Row(problem.name, len(problem.train), history[0], min(ours), min(history), min(theirs), lowest, rate, epoch)


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--traces", type=Path, nargs="+", required=True, help="folders of traces of a finished run")
    parser.add_argument("--prompts", type=int, nargs="+", default=[200, 500, 0], help="training prompts; 0: all")
    parser.add_argument("--draws", type=int, default=3, help="how often prompts are drawn")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, help="the learning rates of Adam")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for folder in arguments.traces:
        for problem in problems(folder, arguments.prompts, arguments.draws):
            rows.append(measure(problem, arguments.rates, EPOCHS))
            print(rows[-1], flush=True)
    publish(date_and_machine() | {"rows": [asdict(row) for row in rows]}, arguments.out)


if __name__ == "__main__":
    main()
