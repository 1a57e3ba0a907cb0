"""Models in step: one alone writes what it writes otherwise; proxy tuning, nudging and prefilling on planted cases."""

import pytest
import torch

from superficial.heads.merging import merge
from superficial.models.generation import generate
from superficial.neighbours.in_step import Reader, write_in_step
from superficial.neighbours.nudging import nudged
from superficial.neighbours.prefill import prefilled
from superficial.neighbours.proxy import proxy_tuned
from tests.support.tiny_models import END_TOKEN, random_prompts, tiny_llama, tiny_model

PROMPTS = random_prompts(4, 12)


def write(readers, choose, batch_size=5):
    return write_in_step(readers, choose, [END_TOKEN], 6, batch_size)


def alone(model, prompts=PROMPTS):
    return generate(model, prompts, END_TOKEN, 6, 5)


@pytest.mark.parametrize("architecture", ["llama", "mistral", "gpt2", "phi"])
def test_a_model_alone_writes_in_step_what_it_generates(architecture):
    model = tiny_model(architecture, 0)
    assert write([Reader(model, PROMPTS)], lambda logits: logits[0].argmax(-1)) == alone(model)


def test_proxy_tuning_of_the_experts_own_base_is_the_expert():
    base, expert = tiny_llama(0), tiny_llama(1)
    readers = [Reader(model, PROMPTS) for model in (base, expert, base)]
    assert write(readers, proxy_tuned) == alone(expert)


def test_proxy_tuning_carries_a_planted_preference_to_another_model():
    large, base, expert = tiny_llama(3), tiny_llama(0), tiny_llama(0)
    delta = torch.zeros_like(expert.lm_head.weight)
    bias = torch.zeros(48)
    bias[7] = 1000.0
    expert.lm_head.bias = torch.nn.Parameter(bias)
    merge(expert, delta)
    responses = write([Reader(model, PROMPTS) for model in (large, expert, base)], proxy_tuned)
    assert responses == [[7] * 6] * len(PROMPTS)


def test_each_model_reads_its_own_form_of_the_prompt():
    base, expert = tiny_llama(0), tiny_llama(1)
    longer = [[9, 9, 9, *prompt] for prompt in PROMPTS]
    assert write([Reader(base, PROMPTS), Reader(expert, longer)], lambda logits: logits[1].argmax(-1)) == alone(
        expert, longer
    )


def test_nudging_takes_the_nudgers_token_only_where_the_base_is_unsure():
    sure = torch.tensor([[0.0, 9.0, 0.0], [1.0, 1.1, 1.0]])
    nudger = torch.tensor([[5.0, 0.0, 0.0], [0.0, 0.0, 5.0]])
    assert nudged(0.6)([sure, nudger]).tolist() == [1, 2]
    assert nudged(0.01)([sure, nudger]).tolist() == [1, 1]


def test_nudging_ends_at_both_models():
    base, small = tiny_llama(0), tiny_llama(1)
    readers = [Reader(base, PROMPTS), Reader(small, PROMPTS)]
    assert write(readers, nudged(1e-9)) == alone(base)
    assert write(readers, nudged(1 - 1e-9)) == alone(small)


def test_prefilled_prompts_end_in_the_first_tokens_without_end_tokens():
    prompts, first = prefilled([[5], [6, 7]], [[10, 11, 12], [13, END_TOKEN]], 2, [END_TOKEN])
    assert prompts == [[5, 10, 11], [6, 7, 13]]
    assert first == [[10, 11], [13]]


def test_a_model_prefilled_with_its_own_response_goes_on_as_it_would():
    model = tiny_llama(0)
    own = alone(model)
    prompts, first = prefilled(PROMPTS, own, 2, [END_TOKEN])
    going_on = generate(model, prompts, END_TOKEN, 4, 5)
    for whole, start, rest in zip(own, first, going_on, strict=True):
        if len(start) == 2:
            assert start + rest == whole
