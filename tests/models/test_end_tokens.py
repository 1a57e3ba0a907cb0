"""Which tokens end a response: one rule, for loaded models and for stored ones."""

import json

import pytest

from superficial.models.end_tokens import end_tokens_of, stored_end_tokens
from superficial.models.loading import load_model
from tests.support.tiny_models import tiny_model

# In generation_config.json, in config.json; the tokenizer's is 0.
CASES = [(None, None, [0]), ([5, 7], None, [5, 7, 0]), (None, 9, [9, 0]), ([7, 0], 9, [7, 0]), (5, None, [5, 0])]


@pytest.mark.parametrize(("in_settings", "in_config", "expected"), CASES)
def test_the_settings_come_first_then_the_configuration_and_always_the_tokenizer(
    in_settings, in_config, expected, tmp_path, tokenizer
):
    tiny_model("llama", 0).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    for file, value in (("generation_config.json", in_settings), ("config.json", in_config)):
        content = json.loads((tmp_path / file).read_text()) | {"eos_token_id": value}
        (tmp_path / file).write_text(json.dumps(content))
    if in_settings is None:
        (tmp_path / "generation_config.json").unlink()
    assert stored_end_tokens(tmp_path, tokenizer) == expected
    assert end_tokens_of(*load_model(tmp_path)) == expected


@pytest.mark.parametrize("wrong", [64, 10**6, -1, "<end>", [0, 64]])
def test_an_end_token_outside_the_vocabulary_is_named(wrong, tokenizer):
    model = tiny_model("llama", 0)
    model.generation_config.eos_token_id = wrong
    with pytest.raises(ValueError, match=r"names the end token .* its vocabulary has 64 tokens, from 0 to 63"):
        end_tokens_of(model, tokenizer)


def test_a_pair_without_an_end_token_is_refused(tokenizer):
    tokenizer.eos_token = None
    with pytest.raises(ValueError, match="Neither the model nor its tokenizer names an end token"):
        end_tokens_of(tiny_model("llama", 0), tokenizer)
