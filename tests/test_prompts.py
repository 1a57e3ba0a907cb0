"""Prompts are those of the paper: plain text for a base model, and an aligned model's own chat format."""

import pytest

from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.config.questions import Context
from superficial.models.loading import load_tokenizer
from superficial.prompts import Prompting

SOURCE = load_profile(ROOT / "repro" / "profiles" / "paper.yaml").sources["real"]
TEMPLATES = {name: questions.template.model_dump() for name, questions in SOURCE.questions.items()}
CONTEXT = Context(**SOURCE.context.model_dump(), templates=TEMPLATES)
PLAIN, URIAL = Prompting(CONTEXT, "plain"), Prompting(CONTEXT, "urial")
QUESTION = "How many eggs are left?"


@pytest.mark.parametrize(
    ("model", "prompt_format", "benchmark", "text"),
    [
        ("llama", "plain", "gsm", "<s> Answer the following question.\n\nQuestion: {}\nAnswer:"),
        # There is no system prompt, and the assistant's turn has a beginning.
        ("llama-chat", "chat", "gsm", "<s>[INST] Answer the following question.\n\nQuestion: {} [/INST] Answer:"),
        ("llama-chat", "chat", "toxigen", "<s>[INST] Complete the following: {} [/INST]"),
        ("mistral-instruct", "chat", "truthfulqa", "<s>[INST] {}[/INST] Answer:"),
        (
            "qwen-instruct",
            "chat",
            "toxigen",
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nComplete the following: {}"
            "<|im_end|>\n<|im_start|>assistant\n",
        ),
    ],
)
def test_a_prompt_has_the_format_of_the_paper_and_of_the_model(tiny_checkpoints, model, prompt_format, benchmark, text):
    tokenizer = load_tokenizer(tiny_checkpoints / model)
    ids = Prompting(CONTEXT, prompt_format).token_ids(tokenizer, QUESTION, benchmark)
    assert tokenizer.decode(ids).replace("<s> ", "<s>") == text.format(QUESTION).replace("<s> ", "<s>")
    assert ids.count(tokenizer.convert_tokens_to_ids("<s>")) == text.count("<s>")


def test_urial_puts_examples_before_the_question_and_a_fence_ends_the_answer(tiny_checkpoints):
    tokenizer = load_tokenizer(tiny_checkpoints / "llama")
    text = tokenizer.decode(URIAL.token_ids(tokenizer, QUESTION, "gsm"), skip_special_tokens=True)
    assert text.count("# Query:") == len(CONTEXT.examples) + 2, "the system text mentions the heading once"
    assert text.endswith(f"# Query:\n```\n{QUESTION}\n```\n\n# Answer:\n```")
    assert URIAL.answer_part("It is 3.\n```\n\n# Query:", "gsm") == "It is 3.\n"


def test_an_answer_ends_where_the_model_continues_with_a_new_question():
    response = "It is 3.\n\nQuestion: And now?\nAnswer: 4"
    assert PLAIN.answer_part(response, "gsm") == "It is 3.\n\n"
    assert PLAIN.answer_part("\n\nNobody knows.\n\nComment: x", "truthfulqa") == "\n\nNobody knows."


def words(text: str, add_special_tokens: bool = True) -> dict[str, list[str]]:
    """Return the words of a text instead of token ids, as a tokenizer would."""
    return {"input_ids": text.split(" ")}


def test_a_wrapper_is_put_around_the_question_and_an_unknown_one_is_refused():
    identity = SOURCE.context.wrappers["identity"].format(question=QUESTION)
    wrapped = Prompting(CONTEXT, "plain", "identity").token_ids(words, QUESTION, "gsm")
    assert wrapped == PLAIN.token_ids(words, identity, "gsm") != PLAIN.token_ids(words, QUESTION, "gsm")
    with pytest.raises(ValueError, match=r"There is no wrapper 'crown'; the wrappers are: identity\."):
        Prompting(CONTEXT, "plain", "crown")
