"""Mean log-probabilities of answers, against a model that reads one text at a time."""

import pytest
import torch
from transformers import LogitsProcessor

from superficial.heads.residual import ResidualHead
from superficial.models.likelihood import mean_log_probabilities
from tests.support.tiny_models import random_prompts, tiny_llama, tiny_model

PROMPTS = random_prompts(1, 7)
ANSWERS = [prompt[: 1 + number % 3] for number, prompt in enumerate(random_prompts(2, 7))]


class Shifted(LogitsProcessor):
    """Makes one token more likely, as a black-box head may."""

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return scores + 3 * torch.nn.functional.one_hot(torch.tensor(5), scores.shape[-1])


@torch.no_grad()
def one_by_one(model, prompt: list[int], answer: list[int], shift: float = 0) -> float:
    total, text = 0.0, list(prompt)
    for token in answer:
        logits = model(input_ids=torch.tensor([text])).logits[0, -1].double()
        logits[5] += shift
        total += float(logits[token] - logits.logsumexp(-1))
        text.append(token)
    return total / len(answer)


@pytest.mark.parametrize("architecture", ["llama", "gemma", "gpt2"])
@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_it_is_what_each_text_alone_gives(architecture, batch_size):
    model = tiny_model(architecture, 0)
    expected = [one_by_one(model, *each) for each in zip(PROMPTS, ANSWERS, strict=True)]
    assert mean_log_probabilities(model, PROMPTS, ANSWERS, batch_size) == pytest.approx(expected, abs=1e-4)


def test_heads_and_processors_change_it():
    model = tiny_llama(0)
    head = ResidualHead(0.3 * torch.randn_like(model.lm_head.weight))
    alone = mean_log_probabilities(model, PROMPTS, ANSWERS, 4)
    with head.applied_to(model):
        expected = [one_by_one(model, *each) for each in zip(PROMPTS, ANSWERS, strict=True)]
        assert mean_log_probabilities(model, PROMPTS, ANSWERS, 4) == pytest.approx(expected, abs=1e-4)
    assert expected != pytest.approx(alone, abs=0.1)
    shifted = [one_by_one(model, *each, 3.0) for each in zip(PROMPTS, ANSWERS, strict=True)]
    assert mean_log_probabilities(model, PROMPTS, ANSWERS, 4, [Shifted()]) == pytest.approx(shifted, abs=1e-4)


def test_an_empty_answer_and_logits_that_are_not_finite_are_refused():
    model = tiny_llama(0)
    with pytest.raises(ValueError, match="An answer has no tokens"):
        mean_log_probabilities(model, PROMPTS, [*ANSWERS[:-1], []], 4)
    with torch.no_grad():
        model.lm_head.weight[7] = float("nan")
    with pytest.raises(ValueError, match="are not finite"):
        mean_log_probabilities(model, PROMPTS, ANSWERS, 4)
