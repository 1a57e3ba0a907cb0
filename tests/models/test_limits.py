"""What a model cannot read is refused before it starts."""

import pytest
import torch

from superficial.models.generation import generate
from superficial.models.limits import position_limit
from superficial.traces.tracing import trace_prompts
from tests.support.tiny_models import ARCHITECTURES, tiny_model

WITH_TABLE = {"gpt2": 64, "gptj": 64}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_only_a_table_of_positions_limits_the_length(architecture):
    model, limit = tiny_model(architecture, 0), WITH_TABLE.get(architecture, float("inf"))
    assert position_limit(model) == limit
    long = [3 + number % 50 for number in range(60)]
    generate(model, [long], [0], 4, 1)
    if architecture in WITH_TABLE:
        with pytest.raises(ValueError, match=r"Prompt 2 of 2 has 60 tokens and a response of up to 5; .* 64 positions"):
            generate(model, [[3], long], [0], 5, 1)
    else:
        generate(model, [long], [0], 9, 1)


@pytest.mark.parametrize(
    ("prompt", "message"), [([], "has no tokens"), ([3, 64], "has the token 64, .* 64 tokens only"), ([-1], "token -1")]
)
def test_a_token_without_an_embedding_and_an_empty_prompt_are_named(prompt, message):
    model = tiny_model("llama", 0)
    with pytest.raises(ValueError, match=f"Prompt 2 of 2 {message}" if "-1" not in message else message):
        generate(model, [[3], prompt], [0], 4, 1)
    # The base's prompts are read last, and checked first.
    model.generate = lambda *_, **__: pytest.fail("this would be long work")
    with pytest.raises(ValueError, match=message):
        next(trace_prompts(model, model, [[3], prompt], [[3], [3]], [0], 4, 1))


def test_an_end_token_outside_the_vocabulary_is_refused():
    with pytest.raises(ValueError, match="end token 64"):
        generate(tiny_model("llama", 0), [[3]], [0, 64], 4, 1)


def test_padded_rows_of_embeddings_are_no_limit_of_positions():
    model = tiny_model("llama", 0)
    model.resize_token_embeddings(model.config.max_position_embeddings)
    assert position_limit(model) == float("inf")
    assert torch.isfinite(model(torch.tensor([[3]])).logits).all()
