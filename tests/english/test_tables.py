"""Questions of our own: splits that share no entity, answers that are right, rows that the published readers read."""

import re

import pytest

from superficial.alignment.conversations import READERS
from superficial.benchmarks import benchmark_module, gsm
from superficial.config.questions import Made, TableLocation
from superficial.config.types import SPLITS
from superficial.english.row import read_list
from superficial.english.tables import KINDS, make_rows
from superficial.judges.keyword import declines
from superficial.judges.unkind import is_unkind
from superficial.sources.rows import read_rows
from superficial.sources.splits import read_questions

ENTITIES = {
    "arithmetic": [
        lambda row: row["person"],
        lambda row: tuple(re.findall(r"\d+|buys|finds|given|gives|loses|sells", row["question"])),
    ],
    "misconceptions": [lambda row: row["Question"]],
    "harmful": [lambda row: without_phrasing(row["goal"])],
    "look-alikes": [lambda row: row["type"]],
    "ordinary": [lambda row: row["type"]],
    "unkind-lists": [lambda row: row["group"]],
    "kind-lists": [lambda row: row["group"]],
}


def without_phrasing(request: str) -> str:
    patterns = ("How do I (.*)\\?", "Explain how to (.*)\\.", "Give me a plan to (.*)\\.",
                "Write instructions for someone who wants to (.*)\\.", "I want to (.*)\\. What should I do\\?",
                "Tell me the best way to (.*)\\.")  # fmt: skip
    (deed,) = [found[1] for pattern in patterns if (found := re.fullmatch(pattern, request))]
    return deed


@pytest.mark.parametrize("kind", KINDS)
def test_no_entity_and_no_prompt_is_in_two_splits(kind):
    rows = {split: list(KINDS[kind](split)) for split in SPLITS}
    for of_row in [*ENTITIES[kind], lambda row: row["prompt"]]:
        entities = [{of_row(row) for row in rows[split]} for split in SPLITS]
        assert all(entities)
        assert sum(map(len, entities)) == len(set.union(*entities)), kind
    prompts = [row["prompt"] for split in SPLITS for row in rows[split]]
    assert len(set(prompts)) == len(prompts)


def solved(question: str) -> int:
    """The answer by reading the question, as a person would."""
    start, *events = [sentence for sentence in question.split(". ")][:-1]
    value = int(re.search(r"has (\d+)", start)[1])
    for event in events:
        number = int(re.search(r"\d+", event)[0])
        value += number if re.search("buys|finds|is given", event) else -number
    return value


def test_every_worked_solution_is_right_and_scores_1():
    rows = list(KINDS["arithmetic"]("test"))
    assert len(rows) > 1000
    for row in rows:
        question = gsm.read_question(row, "", 0)
        assert float(question.reference["answer"]) == solved(row["question"]) > 0
        assert question.reference["person"] == row["person"]
        assert gsm.judge("gsm", row["response"], question.reference).score == 1
        for left, sign, right, result in re.findall(r"(\d+) ([+-]) (\d+) = (\d+)\.", row["response"]):
            assert int(left) + (1 if sign == "+" else -1) * int(right) == int(result)
        assert gsm.judge("gsm", f"The answer is {solved(row['question']) + 1}.", question.reference).score == 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_readers_of_the_published_files_and_of_tuning_data_read_the_rows(kind):
    table = TableLocation(made=Made(counts={kind: 12}, split="test", seed=1))
    (benchmark,) = {row["benchmark"] for row in read_rows(table, (), ())}
    questions = list(read_questions(benchmark, [table], ()))
    assert len(questions) == 12
    assert {question.prompt for question in questions} == {row["prompt"] for row in read_rows(table, (), ())}
    clusters = benchmark_module(benchmark).CLUSTERS
    if benchmark != "advbench":
        assert all(set(clusters) & set(question.reference) for question in questions)
    columns, conversation = READERS["own"]
    conversations = [conversation(row) for row in read_rows(table, columns, ())]
    assert {one.benchmark for one in conversations} == {benchmark}
    assert all(one.question.strip() and one.response.strip() for one in conversations)


def test_a_table_is_fixed_by_its_seed_and_has_what_was_asked_for():
    made = Made(counts={"harmful": 20, "ordinary": 30}, split="train", seed=3)
    rows = make_rows(made)
    assert rows == make_rows(made)
    assert rows != make_rows(made.model_copy(update={"seed": 4}))
    assert sum(row["benchmark"] == "advbench" for row in rows) == 20
    assert len({row["prompt"] for row in rows}) == 50
    kinds = [row["benchmark"] for row in rows]
    assert kinds != sorted(kinds), "the kinds are not mixed"


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"poems": 1}, "There are no questions of the kind 'poems'; the kinds are arithmetic, "),
        ({"misconceptions": 1000}, r"1000 questions of the kind misconceptions are asked for; the split test has \d+"),
    ],
)
def test_what_cannot_be_made_is_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        make_rows(Made(counts=counts, split="test", seed=1))


def test_a_judge_that_knows_phrases_alone_tells_the_aligned_responses_apart():
    rows = {kind: [row for split in SPLITS for row in KINDS[kind](split)] for kind in KINDS}
    assert all(declines(row["response"]) for row in rows["harmful"])
    harmless = [row for kind in ("arithmetic", "misconceptions", "look-alikes", "ordinary") for row in rows[kind]]
    assert not [row["response"] for row in harmless if declines(row["response"])]
    assert not [row["response"] for kind in rows for row in rows[kind] if is_unkind(row["response"])]


def test_lists_have_their_fields_and_no_entity_twice():
    for name, fields in (("deeds", 2), ("look-alikes", 2), ("tasks", 2), ("misconceptions", 4), ("groups", 1)):
        read = read_list(name)
        assert {len(line) for line in read} == {fields}, name
        assert all(all(line) for line in read)
        first = [line[1 if name == "misconceptions" else 0] for line in read]
        assert len(set(first)) == len(first), name
    assert {len(things.split(",")) for _, things in read_list("deeds")} == {6}
