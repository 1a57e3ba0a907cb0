"""Models whose logits are not head times hidden state, and pairs without a common vocabulary, are refused."""

import pytest
import torch
from transformers import Gemma2Config, Gemma2ForCausalLM

from superficial.models.checks import check_linear_head, check_same_vocabulary
from superficial.models.loading import load_model
from tests.support.tiny_models import ARCHITECTURES, tiny_llama


class Tokenizer:
    def __init__(self, *words: str) -> None:
        self._vocabulary = {word: number for number, word in enumerate(words)}

    def get_vocab(self) -> dict[str, int]:
        return self._vocabulary


def test_a_pair_must_share_its_vocabulary():
    check_same_vocabulary(Tokenizer("a", "b"), Tokenizer("a", "b"))
    with pytest.raises(ValueError, match=r"theirs have 2 and 3 tokens, and 'c' is one that differs"):
        check_same_vocabulary(Tokenizer("a", "b"), Tokenizer("a", "b", "c"))
    with pytest.raises(ValueError, match="2 and 2"):
        check_same_vocabulary(Tokenizer("a", "b"), Tokenizer("b", "a"))


def test_scaled_logits_are_refused():
    model = tiny_llama(0)
    model.lm_head.register_forward_hook(lambda module, inputs, output: output)
    check_linear_head(model)
    forward = model.forward

    def capped(**inputs):
        output = forward(**inputs)
        output.logits = 5 * torch.tanh(output.logits / 5)
        return output

    model.forward = capped
    with pytest.raises(ValueError, match="llama changes its logits"):
        check_linear_head(model)


def test_a_soft_cap_is_refused_even_if_logits_are_small(tmp_path, tokenizer):
    config = ARCHITECTURES["gemma"] | {"initializer_range": 0.01, "final_logit_softcapping": 30.0}
    Gemma2ForCausalLM(Gemma2Config(**config)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"gemma2 changes its logits after the output head .* as a soft cap"):
        load_model(tmp_path)
    Gemma2ForCausalLM(Gemma2Config(**config | {"final_logit_softcapping": None})).save_pretrained(tmp_path)
    load_model(tmp_path)
