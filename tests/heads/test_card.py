"""The cards of heads: which of them name one model, and heads as objects that are told apart."""

from dataclasses import replace

import pytest
import torch

from superficial.heads.black_box import BlackBoxHead
from superficial.heads.card import same_base
from superficial.heads.residual import ResidualHead
from superficial.heads.restriction import Restriction
from superficial.heads.size import whole


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ({"weights": "0a"}, {"weights": "0b"}, False),
        ({"weights": None}, {"weights": None}, False),
        ({"weights": "0a", "weights_float16": "1c"}, {"weights": "0b", "weights_float16": "1c"}, True),
        ({"weights": "0a", "vocabulary": "2d"}, {"weights": "0b", "vocabulary": "2d"}, False),
        ({"weights": "0a"}, {}, False),
    ],
)
def test_two_heads_have_one_base_if_a_fingerprint_of_its_weights_agrees(left, right, same):
    assert same_base({"base": left}, {"base": right}) == same_base({"base": right}, {"base": left}) == same


def test_fingerprints_that_were_read_from_two_files_can_agree():
    read = ["".join(["0", "a"]) for _ in range(2)]
    assert same_base(*({"base": {"weights": fingerprint}} for fingerprint in read))


HEADS = {
    "residual": ResidualHead(torch.eye(3)),
    "black-box": BlackBoxHead.dense(torch.eye(3), 2),
    "restriction": Restriction.none(3),
    "small": whole(ResidualHead(torch.eye(3))),
}


@pytest.mark.parametrize("one", HEADS.values(), ids=HEADS)
def test_heads_are_told_apart_as_objects_since_tensors_cannot_be_compared(one):
    assert len({one, one, replace(one)}) == 2
