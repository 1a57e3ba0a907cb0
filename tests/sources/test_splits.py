"""The questions of a source: the paper's split, the validation part, and data that differ from the paper's."""

import json

import pytest

from repro.engine.paths import ROOT
from superficial.benchmarks import gsm
from superficial.config import load_profile
from superficial.config.questions import BenchmarkQuestions, Source, TableLocation
from superficial.sources.question import Question
from superficial.sources.rows import read_rows
from superficial.sources.splits import limited, paper_split_ids, question_tables, read_questions, validation_ids

FIXTURES = ROOT / "tests" / "fixtures" / "questions"
DATA = ROOT.parent / "shared" / "data"
PAPER = load_profile(ROOT / "repro" / "profiles" / "paper.yaml")
needs_real_files = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real question files are not in {DATA}")


def source(reader: str, train: str, test: str, split_list: str | None = None) -> Source:
    like = PAPER.sources["real"].questions["gsm"]
    tables = {"train": [{"file": train}], "test": [{"file": test}]}
    questions = BenchmarkQuestions(
        reader=reader, split_list=split_list, template=like.template, expected=like.expected, **tables
    )
    return Source(validation_share=0.05, questions={"gsm": questions}, context=PAPER.sources["real"].context)


def write_tables(folder, texts: dict[str, list[str]]) -> None:
    """Write a table of problems with these texts for each split."""
    for split, questions in texts.items():
        rows = [json.dumps({"question": question, "answer": "#### 1"}) for question in questions]
        (folder / f"{split}.jsonl").write_text("\n".join(rows))


def test_the_committed_split_has_the_papers_sizes_and_shares_no_question():
    sizes = {"gsm": (1000, 1319), "toxigen": (1000, 2800), "advbench": (420, 100), "truthfulqa": (712, 100)}
    for name, (train, test) in sizes.items():
        ids = {split: paper_split_ids(name, split) for split in ("train", "test")}
        assert (len(set(ids["train"])), len(set(ids["test"]))) == (train, test) == tuple(map(len, ids.values()))
        assert not set(ids["train"]) & set(ids["test"])


@needs_real_files
@pytest.mark.parametrize(
    ("reader", "train", "test", "sizes"),
    [
        ("gsm", "gsm/train.jsonl", "gsm/test.jsonl", (1000, 1319)),
        ("advbench", "advbench/train.csv", "advbench/test.csv", (420, 100)),
        ("truthfulqa", "truthfulqa/train.csv", "truthfulqa/test.csv", (712, 100)),
    ],
)
def test_real_files_contain_the_papers_split(reader, train, test, sizes):
    tables = question_tables(source(reader, train, test, split_list=reader), (DATA,))
    assert (len(tables["train"]) + len(tables["validation"]), len(tables["test"])) == sizes
    assert len(tables["validation"]) == round(0.05 * sizes[0])
    assert not set(tables["train"]["prompt"]) & set(tables["validation"]["prompt"])


@needs_real_files
def test_the_solution_of_every_gsm_question_scores_1():
    table = TableLocation(file="gsm/test.jsonl")
    questions = list(read_questions("gsm", [table], (DATA,)))
    rows = read_rows(table, gsm.COLUMNS, (DATA,))
    for question, row in zip(questions, rows, strict=True):
        assert gsm.judge("gsm", row["answer"], question.reference).score == 1


def test_a_limit_takes_of_each_group_its_share_in_any_order():
    sizes = {"a": 60, "b": 30, "c": 10}
    questions = [
        Question(f"toxigen-{group}-{number:04d}", f"{group} {number}", {"group": group})
        for group, size in sizes.items()
        for number in range(size)
    ]
    for count in (1, 7, 10, 33, 100, 200):
        taken = limited(questions, count, "toxigen")
        assert len(taken) == min(count, 100)
        for group, size in sizes.items():
            share = size * min(count, 100) / 100
            assert abs(sum(each.reference["group"] == group for each in taken) - share) < 1, (count, group)
        assert {each.question_id for each in limited(questions[::-1], count, "toxigen")} == {
            each.question_id for each in taken
        }
    assert limited([], 5, "toxigen") == []
    first = [each.question_id for each in limited(questions, 10, "toxigen") if each.reference["group"] == "a"]
    assert first != [f"toxigen-a-{number:04d}" for number in range(6)], "not the first rows of a file"


def test_validation_questions_do_not_depend_on_their_order():
    questions = list(read_questions("gsm", [TableLocation(file="gsm/train.jsonl")], (FIXTURES,)))
    assert validation_ids(questions, 0.2) == validation_ids(questions[::-1], 0.2)


def test_training_questions_whose_text_is_tested_too_are_left_out_and_counted(tmp_path, capsys):
    texts = {"train": ["Add 1 and 2.", "Add 2 and 2.", " Add 2 and 2. "], "test": ["Add 2 and 2.", "Add 9 and 2."]}
    write_tables(tmp_path, texts)
    tables = question_tables(source("gsm", "train.jsonl", "test.jsonl"), (tmp_path,))
    assert list(tables["test"]["prompt"]) == ["Add 2 and 2.", "Add 9 and 2."]
    assert [*tables["train"]["prompt"], *tables["validation"]["prompt"]] == ["Add 1 and 2."]
    assert "gsm: 1 of 2 training questions are left out, because their texts are among the 2" in capsys.readouterr().out


def test_without_texts_in_common_all_questions_are_kept_and_nothing_is_printed(tmp_path, capsys):
    write_tables(tmp_path, {"train": [f"Add 1 and {n}." for n in range(300)], "test": ["Add 2 and 2."]})
    tables = question_tables(source("gsm", "train.jsonl", "test.jsonl"), (tmp_path,))
    assert {split: len(table) for split, table in tables.items()} == {"train": 285, "validation": 15, "test": 1}
    assert capsys.readouterr().out == ""


def test_lists_choose_and_order_the_questions_of_train_and_test_but_not_of_a_validation_table(tmp_path, monkeypatch):
    monkeypatch.setattr("superficial.sources.splits.PAPER_SPLIT", tmp_path)
    write_tables(tmp_path, {split: [f"{split} {n}" for n in range(4)] for split in ("train", "validation", "test")})
    for name, split, chosen in (("own", "train", (2, 0)), ("other", "train", (3, 1)), ("own", "test", (2, 0))):
        questions = list(read_questions("gsm", [TableLocation(file=f"{split}.jsonl")], (tmp_path,)))
        ids = [questions[number].question_id for number in chosen]
        (tmp_path / f"{name}-{split}.txt").write_text("\n".join(ids))
    plain = source("gsm", "train.jsonl", "test.jsonl", split_list="own")
    tables = {"train_list": "other", "validation": [TableLocation(file="validation.jsonl")]}
    settings = {"gsm": plain.questions["gsm"].model_copy(update=tables)}
    found = question_tables(plain.model_copy(update={"questions": settings}), (tmp_path,))
    assert {split: list(table["prompt"]) for split, table in found.items()} == {
        "train": ["train 3", "train 1"],
        "validation": [f"validation {n}" for n in range(4)],
        "test": ["test 2", "test 0"],
    }


def test_a_different_version_of_the_data_and_a_split_without_training_questions_are_refused():
    with pytest.raises(ValueError, match=r"lacks 1000 of the 1000 questions of the paper's split"):
        question_tables(source("gsm", "gsm/train.jsonl", "gsm/test.jsonl", "gsm"), (FIXTURES,))
    with pytest.raises(ValueError, match=r"All \d+ training questions of gsm are in its test split, too"):
        question_tables(source("gsm", "gsm/test.jsonl", "gsm/test.jsonl"), (FIXTURES,))


def test_validation_has_a_twentieth_of_the_questions_and_at_least_one():
    """A twentieth of nine questions rounds to none."""
    questions = [Question(f"gsm-{number}", f"question {number}", {}) for number in range(40)]
    assert [len(validation_ids(questions[:count], 0.05)) for count in (1, 9, 40)] == [1, 1, 2]
