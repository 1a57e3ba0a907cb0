"""A head and the difference of two heads as text for a terminal."""

import pytest

from superficial.heads.comparison import HeadComparison
from superficial.heads.files import Inspection
from superficial.reporting.heads import comparison_text, head_text

INSPECTION = {
    **{"kind": "residual", "alpha": 1.0, "shape": [8, 4], "prompts": 3, "positions": 30},
    "kl": {"base": 0.5, "superficial": 0.125},
    "kl_by_position": [{"position": 0, "prompts": 3, "kl_base": 1.0, "kl_superficial": 0.25}],
    "rises": [{"token": "yes", "id": 1, "mean_change": 1.5}],
    "falls": [{"token": "no", "id": 2, "mean_change": -0.5}],
    "energy_by_rank": [{"rank": 1, "share": 0.75}],
}
CARD = {"base": {"name": "llama", "weights": "f" * 64, "revision": "main"}, "licence": "mit"}
CARD |= {"superficial": "0.1", "torch": "2.0+cpu", "tokenizers": "0.20"}


def test_a_head_is_shown_with_its_models_and_changes():
    text = head_text(CARD, Inspection.model_validate(INSPECTION))
    for line in (
        "residual head dW 8 x 4, strength 1",
        f"base: llama at main, weights {'f' * 16}",
        "licence: mit",
        "saved with superficial 0.1, torch 2.0+cpu, tokenizers 0.20\n",
        "0.5000 nats without, 0.1250 with the head",
        "logits that rise most, on average: 'yes' +1.50",
        "share of the energy by rank: 1: 0.750",
    ):
        assert line in text


def test_a_black_box_head_is_shown_with_its_k():
    for kind in ("black-box", "logit"):
        inspection = Inspection.model_validate(INSPECTION | {"kind": kind})
        assert head_text({"k": 5}, inspection).startswith("black-box head, k = 5, 8 x 4")
        assert "saved with" not in head_text({"k": 5}, inspection)


def test_a_wrong_field_of_the_card_is_named():
    with pytest.raises(ValueError, match=r"The head's card has a wrong field 'base.weights'"):
        head_text({"base": {"name": "llama"}}, Inspection.model_validate(INSPECTION))


def test_the_difference_of_two_heads_is_shown_and_what_is_unknown_named():
    difference = HeadComparison(
        same_base=True,
        norms=(1.0, 2.0),
        cosine=None,
        overlap_by_rank={1: 0.25},
        rises_shared=0.5,
        falls_shared=None,
    )
    assert comparison_text(difference).splitlines() == [
        "for the same base model: yes",
        "norms: 1 and 2",
        "cosine of the two changes: undefined, one head is 0",
        "overlap of the leading directions that they read, by rank: 1: 0.250",
        "shared among the tokens that rise most: 50%; that fall most: unknown",
    ]
