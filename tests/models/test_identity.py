"""What identifies a model: its name, revision and weights."""

import copy
import re

import pytest
import torch

from superficial.heads.card import check_base, same_base
from superficial.models.identity import identify, weights_fingerprints
from tests.support.tiny_models import tiny_model


def test_a_model_is_named_as_its_hub_or_its_folder_does(tokenizer, tmp_path):
    model = tiny_model("llama", 0)
    named = {"unnamed": "", "somebody/tiny": "somebody/tiny", tmp_path.name: str(tmp_path)}
    for name, path in named.items():
        model.name_or_path = path
        assert (identify(model, tokenizer).name, identify(model, tokenizer).revision) == (name, None)
    model.name_or_path = "/cache/models--somebody--tiny/snapshots/0123abc"
    identity = identify(model, tokenizer)
    assert (identity.name, identity.revision) == ("somebody/tiny", "0123abc")
    model.lm_head.weight.data[5, 5] += 1
    assert identify(model, tokenizer).weights != identity.weights


# Stored in, made for, applied to; and whether the weights are known to be the same.
BOTH = (torch.bfloat16, torch.float16)
ALL = (torch.float32, *BOTH)
DTYPES = [(stored, made, applied) for stored in ALL for made in ALL for applied in ALL]


@pytest.mark.parametrize(("stored", "made", "applied"), DTYPES)
def test_a_model_is_the_same_in_every_dtype(stored, made, applied):
    model = tiny_model("llama", 0)
    # Weights that float16 holds with few digits, or not at all.
    model.lm_head.weight.data[:4] = torch.logspace(-12, -3, 128).view(4, 32)
    model = model.to(stored)
    left, right = (weights_fingerprints(tiny_copy(model, dtype)) for dtype in (made, applied))
    cards = {"base": {"name": "a", **left}}, {"base": {"name": "b", **right}}
    # bfloat16 and float16 have each lost digits that the other has.
    same = stored != torch.float32 or {made, applied} != set(BOTH)
    assert same_base(*cards) == same
    if same:
        check_base(cards[0], right, model)
    changed = tiny_copy(model, applied)
    changed.lm_head.weight.data[9, 9] *= 1.02
    with pytest.raises(ValueError, match="This head was made for a"):
        check_base(cards[0], weights_fingerprints(changed), model)


def test_a_head_of_another_model_is_refused_with_the_beginning_of_both_fingerprints():
    model = tiny_model("llama", 0)
    model.name_or_path = "b"
    expected = f"made for a (hash {'1' * 16}), and this is b (hash {'2' * 16})."
    with pytest.raises(ValueError, match=f"^This head was {re.escape(expected)}$"):
        check_base({"base": {"name": "a", "hash": "1" * 64}}, {"hash": "2" * 64}, model)


def tiny_copy(model, dtype):
    return copy.deepcopy(model).to(dtype)
