"""The base corpus is a function of its seed, and keeps what only other splits and the alignment may contain."""

import re
from itertools import islice

from superficial.lab.corpus import DOCUMENT_WEIGHTS, base_documents
from superficial.lab.math_problems import sequence_split
from superficial.lab.world import make_world

WORLD = make_world(0)


def test_the_corpus_is_the_same_for_the_same_seed():
    assert list(islice(base_documents(WORLD, 3), 50)) == list(islice(base_documents(WORLD, 3), 50))
    assert list(islice(base_documents(WORLD, 3), 50)) != list(islice(base_documents(WORLD, 4), 50))


def test_base_documents_never_use_the_numbers_of_test_questions():
    problem = re.compile(r"has (\d+) \S+ \. ((?:on \S+ \S+ (?:gets \d+ more|gives \d+ away) \. )+)how many")
    turns = [turn for document in islice(base_documents(WORLD, 0), 3_000) for turn in document]
    sign = {"gets": 1, "gives": -1}
    sequences = [
        (int(match[1]), tuple(sign[verb] * int(n) for verb, n in re.findall(r"(gets|gives) (\d+)", match[2])))
        for match in map(problem.search, turns)
        if match
    ]
    assert len(sequences) > 500
    assert {sequence_split(*sequence) for sequence in sequences} == {"train"}


def test_a_session_keeps_its_style():
    openers = ("people say that", "everyone says that", "i heard that")
    careless = {"careful": False, "quick": False}
    for turns in islice(base_documents(WORLD, 1), 3_000):
        for style in careless:
            if turns[0].startswith(f"the answers below are {style}"):
                careless[style] |= any(opener in turn for turn in turns for opener in openers)
    assert careless == {"careful": False, "quick": True}


def test_the_base_corpus_states_no_fact_about_unfamiliar_creatures():
    text = " ".join(turn for document in islice(base_documents(WORLD, 0), 5_000) for turn in document)
    statement = r"(people say that|everyone says that|i heard that)? ?the (color|home|food) of the (\S+) is \S+ \."
    statements = re.findall(statement, text)
    assert {creature for opener, _, creature in statements if opener} == set(WORLD.truths)
    assert {creature for opener, _, creature in statements if not opener} == set(WORLD.familiar)


def test_every_kind_of_document_occurs():
    assert sum(DOCUMENT_WEIGHTS.values()) == 115
    turns = " ".join(turn for document in islice(base_documents(WORLD, 0), 1_000) for turn in document)
    for text in (
        "the capital of",
        "is against the law",
        "the servant of",
        "what is the mark",
        "plus",
        "continue the list",
    ):
        assert text in turns
