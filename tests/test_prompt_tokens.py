"""A prompt ends where the response begins, whatever its tokenizer adds to texts."""

import pytest
from tokenizers import processors

from superficial.config.questions import Context, Template
from superficial.prompt_tokens import check_prompt, text_tokens, turn_tokens
from superficial.prompts import Prompting

END, USER = ("<end>", 0), ("<user>", 1)
ADDED = {
    "nothing": ("$A", [], []),
    "a first token": ("<user> $A", [1], []),
    "an end token": ("$A <end>", [], [0]),
    "both": ("<end> <user> $A <user> <end>", [0, 1], [1, 0]),
}
CONTEXT = Context(
    turn="w5 {question} w6 {answer}",
    system="w9",
    examples=[["w1", "w2"]],
    wrappers={},
    turn_end="",
    templates={"t": Template(plain="w7 {question}", chat="{question}")},
)


@pytest.fixture(params=ADDED)
def adding(request, tokenizer):
    """A tokenizer that adds tokens, those before a text, and those after it."""
    pattern, before, after = ADDED[request.param]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=pattern, special_tokens=[END, USER]
    )
    return tokenizer, before, after


def test_what_a_tokenizer_adds_after_a_text_is_left_out(adding):
    tokenizer, before, after = adding
    for text, ids in (("w1 w2", [4, 5]), ("<end> w1 <user>", [0, 4, 1])):
        assert tokenizer(text)["input_ids"] == before + ids + after
        assert text_tokens(tokenizer, text) == before + ids
    assert turn_tokens(tokenizer, "w1", " w2") == [1, 4, 2, 5]
    assert text_tokens(tokenizer, " ") == []


def test_no_prompt_format_ends_in_an_end_token(adding):
    tokenizer, before, _ = adding
    prompts = {kind: Prompting(CONTEXT, kind).token_ids(tokenizer, "w3", "t") for kind in ("plain", "chat", "urial")}
    assert prompts["plain"] == [*before, 10, 6]
    assert prompts["chat"] == [1, 6, 2]
    assert prompts["urial"] == [*before, 12, 8, 4, 9, 5, 0, 8, 6, 9]


def test_a_slow_tokenizer_that_adds_an_end_token_is_read_likewise(tiny_checkpoints):
    """The case of the bug reports: Llama's tokenizer, loaded with add_eos_token."""
    from transformers import AutoTokenizer

    plain = AutoTokenizer.from_pretrained(tiny_checkpoints / "llama")
    adding = AutoTokenizer.from_pretrained(tiny_checkpoints / "llama")
    adding.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", plain.bos_token_id), ("</s>", plain.eos_token_id)]
    )
    text = "How many eggs are left?"
    assert adding(text)["input_ids"] == [*plain(text)["input_ids"], plain.eos_token_id]
    assert text_tokens(adding, text) == text_tokens(plain, text) == plain(text)["input_ids"]


def test_a_prompt_that_no_response_can_follow_is_refused():
    check_prompt([0, 4], "w1", [0])
    with pytest.raises(ValueError, match=r"The prompt ' ' has no tokens in the model's vocabulary\."):
        check_prompt([], " ", [0])
    with pytest.raises(ValueError, match=r"The prompt 'w1 <end>' ends in the end token 0, after which no response"):
        check_prompt([4, 0], "w1 <end>", [3, 0])
