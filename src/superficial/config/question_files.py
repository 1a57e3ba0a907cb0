"""A profile whose made questions are replaced by published ones that the user has as files.

The folder has a folder for each reader, with `train` and `test` as .jsonl, .json, .csv or .parquet; for ToxiGen, the
files `hate_GROUP_1k.txt` and `neutral_GROUP_1k.txt` in `toxigen`, of which whole groups are kept for the test.
"""

from __future__ import annotations

from pathlib import Path

from superficial.config.profile import Profile
from superficial.config.questions import BenchmarkQuestions, TableLocation

_SUFFIXES = (".jsonl", ".json", ".csv", ".parquet")
_TOXIGEN = {"toxigen": "hate_*.txt", "neutral": "neutral_*.txt"}
# Of the groups, for the test.
_TEST_SHARE = 1 / 3


def with_question_files(profile: Profile, folder: Path) -> Profile:
    """Return a profile with the questions of a folder, as many as it has made ones at most.

    Validation questions are then a share of the training questions. Benchmarks without files keep their own.

    Raises:
        ValueError: if the folder has files for none of the made benchmarks.
    """
    sources, readers, found = {}, set(), 0
    for name, source in profile.sources.items():
        made = {key: each for key, each in source.questions.items() if any(table.made for table in each.test)}
        readers |= {each.reader for each in made.values()}
        questions = {key: settings for key, each in made.items() if (settings := _from_files(each, folder))}
        found += len(questions)
        sources[name] = source.model_copy(update={"questions": source.questions | questions}).model_dump()
    if not found:
        raise ValueError(
            f"{folder} has no question files for profile {profile.name}: it must have a folder such as gsm with "
            f"train.jsonl and test.jsonl; files are read for {', '.join(sorted(readers)) or 'none of its benchmarks'}."
        )
    return Profile.model_validate(profile.model_dump() | {"sources": sources})


def _from_files(questions: BenchmarkQuestions, folder: Path) -> BenchmarkQuestions | None:
    """Return the questions of a benchmark from the files of a folder; None where it lacks one."""
    train: list[Path]
    test: list[Path]
    if questions.reader in _TOXIGEN:
        files = sorted((folder / "toxigen").glob(_TOXIGEN[questions.reader]))
        of_test = len(files) if not questions.train else max(1, round(_TEST_SHARE * len(files)))
        train, test = files[: len(files) - of_test], files[len(files) - of_test :]
    else:
        train, test = (_files(folder / questions.reader, split) for split in ("train", "test"))
    tables = {
        "train": [TableLocation(file=str(file.absolute())) for file in train],
        "test": [TableLocation(file=str(file.absolute())) for file in test],
    }
    if not tables["test"] or bool(tables["train"]) < bool(questions.train):
        return None
    if not questions.train:
        tables["train"] = []
    limit = {
        split: sum(sum(table.made.counts.values()) for table in before if table.made)
        for split, before in (("train", [*questions.train, *questions.validation]), ("test", questions.test))
        if before
    }
    return questions.model_copy(update={**tables, "validation": [], "limit": limit})


def _files(folder: Path, split: str) -> list[Path]:
    """Return the file of a split; none where there is none."""
    return [file for suffix in _SUFFIXES if (file := folder / f"{split}{suffix}").is_file()][:1]
