"""The questions of a source in three splits: the paper's training and test questions, and a validation part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from superficial.benchmarks import benchmark_module
from superficial.config.questions import BenchmarkQuestions, Source, TableLocation
from superficial.measures.clusters import cluster_label
from superficial.sources.question import Question
from superficial.sources.rows import file_stem, read_rows, table_name

PAPER_SPLIT = Path(__file__).with_name("paper_split")
COLUMNS = ("question_id", "benchmark", "prompt", "reference")


def paper_split_ids(name: str, split: str) -> list[str]:
    """Return the question ids of the paper's train or test split, in its order."""
    return (PAPER_SPLIT / f"{name}-{split}.txt").read_text(encoding="utf-8").split()


def read_questions(reader: str, tables: list[TableLocation], folders: Sequence[Path]) -> Iterator[Question]:
    """Yield the questions that a benchmark's reader makes of the rows of tables, without duplicates."""
    benchmark = benchmark_module(reader)
    seen: set[str] = set()
    for table in tables:
        for position, row in enumerate(read_rows(table, benchmark.COLUMNS, folders)):
            question = benchmark.read_question(row, file_stem(table), position)
            if question is not None and question.question_id not in seen:
                seen.add(question.question_id)
                yield question


def select_by_id(questions: list[Question], ids: list[str], origin: str) -> list[Question]:
    """Return the questions with the given ids, in the order of the ids.

    Args:
        questions: the questions to select from.
        ids: the ids of the paper's split.
        origin: where the questions were read, for the message.

    Raises:
        ValueError: if an id is missing.
    """
    by_id = {question.question_id: question for question in questions}
    missing = [question_id for question_id in ids if question_id not in by_id]
    if missing:
        raise ValueError(
            f"{origin} lacks {len(missing)} of the {len(ids)} questions of the paper's split; the first is "
            f"{missing[0]}. It is a different version of the data."
        )
    return [by_id[question_id] for question_id in ids]


def limited(questions: list[Question], count: int, reader: str) -> list[Question]:
    """Return at most `count` questions, in their order: of each group of questions its share of them, within one.

    Groups are those of the reader's `CLUSTERS`, since files often hold one after another. Which questions of a group
    are taken is decided by the hashes of their ids.
    """
    groups = [cluster_label(reader, question.question_id, question.reference) for question in questions]
    order = sorted(range(len(questions)), key=lambda at: (groups[at], _id_hash(questions[at])))
    # Places at equal distances in a list that is ordered by group.
    taken = {order[place * len(order) // count] for place in range(count)} if count < len(order) else set(order)
    return [questions[at] for at in sorted(taken)]


def _id_hash(question: Question) -> bytes:
    return hashlib.sha256(question.question_id.encode()).digest()


def _questions_of(settings: BenchmarkQuestions, split: str, folders: Sequence[Path]) -> list[Question]:
    tables = {"train": settings.train, "validation": settings.validation, "test": settings.test}[split]
    questions = list(read_questions(settings.reader, tables, folders))
    name = settings.train_list if split == "train" and settings.train_list else settings.split_list
    if name and tables and split != "validation":
        questions = select_by_id(questions, paper_split_ids(name, split), ", ".join(map(table_name, tables)))
    limit = settings.limit.get(split)  # type: ignore[call-overload]
    return questions if limit is None else limited(questions, limit, settings.reader)


def _without_test_questions(benchmark: str, train: list[Question], test: list[Question]) -> list[Question]:
    """Return the training questions whose text is not in the test split too, and print how many are left out.

    The paper splits ToxiGen by line, and lines repeat.
    """
    of_test = {question.prompt for question in test}
    kept = [question for question in train if question.prompt not in of_test]
    if train and not kept:
        raise ValueError(f"All {len(train)} training questions of {benchmark} are in its test split, too.")
    if len(kept) < len(train):
        print(
            f"{benchmark}: {len(train) - len(kept)} of {len(train)} training questions are left out, because their "
            f"texts are among the {len(test)} test questions.",
            flush=True,
        )
    return kept


def validation_ids(questions: list[Question], share: float) -> set[str]:
    """Return the ids of a share of the training questions, at least one, chosen by the hashes of their ids."""
    order = sorted(questions, key=_id_hash)
    return {question.question_id for question in order[: max(1, round(share * len(questions)))]}


def question_tables(source: Source, folders: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """Return the questions of each split, one row per question with the columns `COLUMNS`; the reference is JSON.

    Args:
        source: the benchmarks and their tables.
        folders: where relative files are looked up.

    Raises:
        ValueError: if a table cannot be read, lacks questions of the paper's split, or leaves nothing to train on.
    """
    rows: dict[str, list[dict[str, str]]] = {"train": [], "validation": [], "test": []}
    for benchmark, settings in source.questions.items():
        train, test = (_questions_of(settings, split, folders) for split in ("train", "test"))
        train = _without_test_questions(benchmark, train, test)
        validation = _questions_of(settings, "validation", folders)
        rows["validation"] += [_row(benchmark, question) for question in validation]
        for_validation = validation_ids(train, source.validation_share) if train and not validation else set()
        for question in train:
            split = "validation" if question.question_id in for_validation else "train"
            rows[split].append(_row(benchmark, question))
        rows["test"] += [_row(benchmark, question) for question in test]
    return {split: pd.DataFrame(split_rows, columns=list(COLUMNS)) for split, split_rows in rows.items()}


def _row(benchmark: str, question: Question) -> dict[str, str]:
    reference = json.dumps(question.reference, sort_keys=True)
    return dict(zip(COLUMNS, (question.question_id, benchmark, question.prompt, reference), strict=True))
