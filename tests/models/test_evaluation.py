"""Responses of a tiny model: the same as from prompts that are generated one by one, cut where the answer ends."""

import json

import pandas as pd
import pytest
import torch
from transformers import LogitsProcessor

from superficial.config import Shape
from superficial.config.questions import Context, Template
from superficial.lab.architectures import new_model
from superficial.models.evaluation import Generation, answer_questions, choose_answers, generate_responses
from superficial.prompts import Prompting
from tests.support.lab_world import world_tokenizer

MAX_NEW_TOKENS = 12
QUESTIONS = pd.DataFrame(
    {
        "benchmark": ["gsm", "mmlu", "gsm"],
        "prompt": ["count .", "what is the answer ?", "you count it , step by step ."],
    },
    index=[7, 3, 5],
)

TEXTS = ["count . answer :", "what is the answer ?", "you count it , step by step . answer :"]


@pytest.fixture(scope="module")
def tokenizer():
    return world_tokenizer()


@pytest.fixture(scope="module")
def model(tokenizer):
    """A random model that responds differently to each of the texts."""
    shape = Shape(width=16, layers=1, heads=2, feed_forward=16)
    models = (new_model(tokenizer, shape, "llama", seed).eval() for seed in range(100))
    return next(model for model in models if len(set(one_by_one(model, tokenizer, TEXTS))) == len(TEXTS))


def prompting(end_texts: list[str]) -> Prompting:
    templates = {
        "gsm": Template(plain="{question} answer :", chat="{question}", end_texts=end_texts),
        "mmlu": Template(plain="{question}", chat="{question}", end_texts=end_texts),
    }
    return Prompting(Context(system="", turn="", examples=[], wrappers={}, templates=templates), "plain")


def one_by_one(model, tokenizer, texts: list[str]) -> list[str]:
    responses = []
    for text in texts:
        ids = tokenizer(text)["input_ids"]
        for _ in range(MAX_NEW_TOKENS):
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
            if ids[-1] == tokenizer.eos_token_id:
                break
        responses.append(tokenizer.decode(ids[len(tokenizer(text)["input_ids"]) :], skip_special_tokens=True))
    return responses


def test_responses_belong_to_their_questions_and_end_where_the_answer_ends(model, tokenizer):
    whole = one_by_one(model, tokenizer, TEXTS)
    generation, advanced = Generation(MAX_NEW_TOKENS, [tokenizer.eos_token_id]), []
    responses = generate_responses(model, tokenizer, QUESTIONS, prompting([]), generation, advanced.append)
    assert responses["response"].tolist() == whole
    assert responses.drop(columns="response").equals(QUESTIONS)
    assert sum(advanced) == len(QUESTIONS)
    end_text = whole[0].split()[3]
    cut = generate_responses(model, tokenizer, QUESTIONS, prompting([end_text]), generation)["response"].tolist()
    assert cut == [whole[0].split(end_text)[0], whole[1], whole[2].split(end_text)[0]]


class Always(LogitsProcessor):
    def __init__(self, token: int) -> None:
        self.token = token

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.one_hot(torch.tensor(self.token), scores.shape[-1]).expand_as(scores).float()


def test_logits_processors_and_end_tokens_apply(model, tokenizer):
    word = tokenizer.convert_tokens_to_ids("count")
    generation = Generation(3, [tokenizer.eos_token_id], [Always(word)])
    assert set(generate_responses(model, tokenizer, QUESTIONS, prompting([]), generation)["response"]) == {
        "count count count"
    }
    generation = Generation(3, [tokenizer.eos_token_id, word], [Always(word)])
    assert set(generate_responses(model, tokenizer, QUESTIONS, prompting([]), generation)["response"]) == {"count"}


def test_the_most_likely_of_the_known_answers_a_token_is_chosen(model, tokenizer):
    answers = {"right": ["count", "you count it"], "wrong": ["step by step", "the answer is it"]}
    questions = QUESTIONS.assign(question_id=["a", "b", "c"], reference=json.dumps(answers))

    def likelihood(text: str, answer: str) -> float:
        ids, learned = tokenizer(text)["input_ids"], tokenizer(f" {answer}", add_special_tokens=False)["input_ids"]
        logits = model(input_ids=torch.tensor([ids + learned])).logits[0, len(ids) - 1 : -1]
        return float(logits.log_softmax(-1)[range(len(learned)), learned].mean())

    every = [*answers["right"], *answers["wrong"]]
    expected = [max(every, key=lambda answer, text=text: likelihood(text, answer)) for text in TEXTS]
    generation, advanced = Generation(1, [tokenizer.eos_token_id]), []
    chosen = choose_answers(model, tokenizer, questions, prompting([]), generation, advanced.append)
    assert chosen["response"].tolist() == expected
    assert chosen.drop(columns="response").equals(questions)
    assert sum(advanced) == 3
    # With a processor under which one word alone has any probability, its answer is chosen.
    word = tokenizer.convert_tokens_to_ids("count")
    generation = Generation(1, [tokenizer.eos_token_id], logits_processors=[Always(word)])
    chosen = choose_answers(model, tokenizer, questions, prompting([]), generation)
    assert set(chosen["response"]) == {"count"}
    with pytest.raises(ValueError, match="The question b has no right or no wrong answers"):
        references = [json.dumps(answers), json.dumps({"right": ["count"], "wrong": []}), json.dumps(answers)]
        choose_answers(model, tokenizer, questions.assign(reference=references), prompting([]), generation)


def test_written_and_chosen_answers_stand_in_the_order_of_their_questions(model, tokenizer):
    answers = {"right": ["count"], "wrong": ["step by step"]}
    questions = QUESTIONS.assign(question_id=["a", "b", "c"], reference=json.dumps(answers))
    generation, advanced = Generation([2, 5, 4], [tokenizer.eos_token_id]), []
    answered = answer_questions(
        model, tokenizer, questions, prompting([]), generation, ["mmlu", "unasked"], advanced.append
    )
    assert answered.drop(columns="response").equals(questions)
    assert sum(advanced) == 3
    whole = one_by_one(model, tokenizer, TEXTS)
    assert [whole[0].startswith(answered["response"][7]), whole[2].startswith(answered["response"][5])] == [True, True]
    assert [len(answered["response"][index].split()) for index in (7, 5)] == [2, 4]
    assert answered["response"][3] in ("count", "step by step")
