"""The questions of a source: read, chosen by the committed lists of the paper's split, parted into three splits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pandas as pd

from superficial.benchmarks.items import Item
from superficial.benchmarks.rows import name_of, read_rows, stem_of
from superficial.config.external import Questions, Source, Table

LISTS = Path(__file__).with_name("splits")


def committed_ids(name: str, split: str) -> list[str]:
    """Return the ids of the paper's split, in its order."""
    return (LISTS / f"{name}-{split}.txt").read_text(encoding="utf-8").split()


def read_items(settings: Questions, tables: list[Table], folders: Sequence[Path], revisions: Path) -> Iterator[Item]:
    """Yield the questions of tables, each text once."""
    reader = import_module(f"superficial.benchmarks.{settings.reader}")
    seen: set[str] = set()
    for table in tables:
        for position, row in enumerate(read_rows(table, reader.COLUMNS, folders, revisions)):
            item = reader.item(row, stem_of(table), position)
            if item is not None and item.question_id not in seen:
                seen.add(item.question_id)
                yield item


def choose(items: list[Item], wanted: list[str], where: str) -> list[Item]:
    """Return the wanted questions in their order.

    Raises:
        ValueError: where some are not there.
    """
    by_id = {item.question_id: item for item in items}
    missing = [one for one in wanted if one not in by_id]
    if missing:
        raise ValueError(
            f"{where} lacks {len(missing)} of the {len(wanted)} questions of the paper's split, the first is "
            f"{missing[0]}: it is another version of the data."
        )
    return [by_id[one] for one in wanted]


def _split(settings: Questions, split: str, folders: Sequence[Path], revisions: Path) -> list[Item]:
    tables = settings.train if split == "train" else settings.test
    items = list(read_items(settings, tables, folders, revisions))
    if settings.ids and tables:
        items = choose(items, committed_ids(settings.ids, split), ", ".join(map(name_of, tables)))
    return items[: settings.limit.get(split)]  # type: ignore[call-overload]


def held_out(items: list[Item], share: float) -> set[str]:
    """Return the ids of a share of the questions, at least one; which ones depends on their ids alone."""
    order = sorted(items, key=lambda item: hashlib.sha256(item.question_id.encode()).digest())
    return {item.question_id for item in order[: max(1, round(share * len(items)))]}


def question_tables(source: Source, folders: Sequence[Path], revisions: Path) -> dict[str, pd.DataFrame]:
    """Return the questions of each split: question_id, benchmark, prompt, reference (JSON).

    Raises:
        ValueError: where a question is in train and in test.
    """
    rows: dict[str, list[dict[str, str]]] = {"train": [], "validation": [], "test": []}
    for benchmark, settings in source.questions.items():
        train, test = (_split(settings, split, folders, revisions) for split in ("train", "test"))
        shared = {item.prompt for item in train} & {item.prompt for item in test}
        if shared:
            raise ValueError(f"{len(shared)} questions of {benchmark} are in its train and in its test split.")
        validation = held_out(train, source.validation_share) if train else set()
        for split, items in (("train", train), ("test", test)):
            for item in items:
                where = "validation" if split == "train" and item.question_id in validation else split
                row = {"question_id": item.question_id, "benchmark": benchmark, "prompt": item.prompt}
                rows[where].append(row | {"reference": json.dumps(item.reference, sort_keys=True)})
    columns = ["question_id", "benchmark", "prompt", "reference"]
    return {split: pd.DataFrame(found, columns=columns) for split, found in rows.items()}
