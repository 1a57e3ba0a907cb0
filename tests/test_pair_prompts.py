"""The prompts of an extraction as both models read them."""

import copy

import pytest

from superficial.pair_prompts import pair_prompts


def test_both_models_read_each_different_prompt_once(tokenizer):
    base, aligned = tokenizer, copy.deepcopy(tokenizer)
    aligned.chat_template = "<user> {{ messages[0].content|trim }} <assistant>"
    read = pair_prompts(base, aligned, ["w1 w2", "w3", "w1 w2", "w3 "])
    assert read.texts == ["w1 w2", "w3"]
    assert read.turns == ["<user> w1 w2 <assistant>", "<user> w3 <assistant>"]
    assert read.base == [[4, 5], [6]]
    assert read.aligned == [[1, 4, 5, 2], [1, 6, 2]]
    aligned.chat_template = None
    read = pair_prompts(base, aligned, ["w1 w2", "w3", "w3 "])
    assert read.texts == read.turns == ["w1 w2", "w3", "w3 "]
    assert read.base == read.aligned == [[4, 5], [6], [6]]


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        (["w1"] * 3, "There are 1 different prompts; at least two are needed"),
        ([], "There are 0 different prompts"),
        (["w1", 3], "Prompt 2 is 3; it must be a text"),
        (["w1", "w2\udc00"], r"Prompt 2 has half a character, \\udc00, at position 2"),
        (["w1", " \n"], r"The prompt ' \\n' has no tokens"),
        (["w1", "w2 <end>"], "The prompt 'w2 <end>' ends in the end token 0"),
        (["w1", "w2 w3"], "The prompt 'w2 w3' ends in the end token 6"),
    ],
)
def test_prompts_that_cannot_be_asked_are_refused(tokenizer, prompts, message):
    with pytest.raises(ValueError, match=message):
        pair_prompts(tokenizer, tokenizer, prompts, end_tokens=[6])


def test_a_template_that_writes_different_prompts_alike_is_refused(tokenizer):
    tokenizer.chat_template = "{% set c = messages[0].content %}{{ c if c|length > 9 else 'short' }}"
    with pytest.raises(ValueError, match=r"writes one turn for two different prompts, 'w1' and 'w2'\."):
        pair_prompts(tokenizer, tokenizer, ["w1", "w2"])
