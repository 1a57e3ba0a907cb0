"""Prompts as the paper puts them: plain for a base, each family's own chat format for an aligned model."""

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
        # No system prompt, and the answer is begun.
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
def test_a_prompt_is_what_the_paper_and_the_family_say(tiny_checkpoints, model, prompt_format, benchmark, text):
    tokenizer = load_tokenizer(tiny_checkpoints / model)
    ids = Prompting(CONTEXT, prompt_format).token_ids(tokenizer, QUESTION, benchmark)
    assert tokenizer.decode(ids).replace("<s> ", "<s>") == text.format(QUESTION).replace("<s> ", "<s>")
    assert ids.count(tokenizer.convert_tokens_to_ids("<s>")) == text.count("<s>")


def test_urial_puts_examples_before_the_question_and_its_fence_ends_the_answer(tiny_checkpoints):
    tokenizer = load_tokenizer(tiny_checkpoints / "llama")
    text = tokenizer.decode(URIAL.token_ids(tokenizer, QUESTION, "gsm"), skip_special_tokens=True)
    assert text.count("# Query:") == len(CONTEXT.examples) + 2, "one of them is in the system text"
    assert text.endswith(f"# Query:\n```\n{QUESTION}\n```\n\n# Answer:\n```")
    assert URIAL.answer_part("It is 3.\n```\n\n# Query:", "gsm") == "It is 3.\n"


def test_what_a_base_model_goes_on_with_is_no_part_of_its_answer():
    response = "It is 3.\n\nQuestion: And now?\nAnswer: 4"
    assert PLAIN.answer_part(response, "gsm") == "It is 3.\n\n"
    assert PLAIN.answer_part("\n\nNobody knows.\n\nComment: x", "truthfulqa") == "\n\nNobody knows."


def test_a_wrapper_is_put_around_the_question_and_an_unknown_one_is_refused():
    identity = SOURCE.context.wrappers["identity"].format(question=QUESTION)
    assert URIAL.context.wrappers["identity"] != "{question}"
    wrapped = Prompting(CONTEXT, "plain", "identity").token_ids(_words, QUESTION, "gsm")
    assert wrapped == PLAIN.token_ids(_words, identity, "gsm") != PLAIN.token_ids(_words, QUESTION, "gsm")
    with pytest.raises(ValueError, match=r"There is no wrapper 'crown'; the wrappers are: identity\."):
        Prompting(CONTEXT, "plain", "crown")


def _words(text: str) -> dict[str, list[str]]:
    return {"input_ids": text.split(" ")}
