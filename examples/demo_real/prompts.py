"""The prompts of the demo: harmful requests from the user's copy of AdvBench, and benign requests of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from examples.demo_real.tasks import PHRASINGS, TASKS
from superficial.config.questions import TableLocation
from superficial.sources.rows import read_rows


@dataclass(frozen=True)
class Prompts:
    """The harmful and the benign prompts of one split."""

    harmful: list[str]
    benign: list[str]

    @property
    def all(self) -> list[str]:
        """Return the harmful prompts, then the benign ones."""
        return self.harmful + self.benign


def make_prompts(
    advbench: Path, harmful: tuple[int, int, int], benign: tuple[int, int, int], seed: int = 0
) -> dict[str, Prompts]:
    """Return the prompts of each split: train, validation and test. No request and no benign task is in two splits.

    Args:
        advbench: a CSV file with the column goal.
        harmful: how many harmful prompts each split has.
        benign: how many benign prompts each split has.
        seed: the seed of the split and of the phrasings.

    Raises:
        ValueError: if the file does not exist, has no column goal, or has too few rows.
    """
    rows = read_rows(TableLocation(file=str(advbench.absolute())), ["goal"], [Path()])
    goals = list(dict.fromkeys(row["goal"].strip() for row in rows))
    if len(goals) < sum(harmful):
        raise ValueError(f"{advbench} has {len(goals)} different goals; the demo needs {sum(harmful)}.")
    generator = random.Random(seed)
    generator.shuffle(goals)
    prompts = {}
    for split, harmful_count, benign_count in zip(TASKS, harmful, benign, strict=True):
        benign_prompts = [phrasing.format(task) for task in TASKS[split] for phrasing in PHRASINGS]
        prompts[split] = Prompts(goals[:harmful_count], generator.sample(benign_prompts, benign_count))
        goals = goals[harmful_count:]
    return prompts
