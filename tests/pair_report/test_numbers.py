"""The numbers of a report, against counts by hand."""

import json

import pandas as pd
import pytest

from superficial.pair_report.numbers import NO_KL, kind_of, report_numbers, shift_kinds
from superficial.sources.style_tokens import style_tokens

# Six prompts of two positions; at the second one the base predicts a different token.
POSITIONS = pd.DataFrame(
    {
        "prompt": [prompt for prompt in range(6) for _ in range(2)],
        "position": [0, 1] * 6,
        "source": [" the", " cat"] * 6,
        "target": [" the", " however"] * 3 + [" the", " 12"] * 2 + [" the", " dog"],
        "student": [" the", " however"] * 2 + [" the", " cat"] * 4,
        "target_rank": [1, 2] * 3 + [1, 7] * 3,
        "target_rank_superficial": [1, 1] * 2 + [1, 2] * 4,
        "kl_base": [0.0, 4.0] * 6,
        "kl_superficial": [0.0, 1.0] * 6,
        "overlap_base": [1.0, 0.5] * 6,
        "overlap_superficial": [1.0, 0.75] * 6,
    }
)


def test_shares_are_those_counted_by_hand():
    numbers = report_numbers(POSITIONS)
    assert (numbers["prompts"], numbers["positions"]) == (6, 12)
    assert numbers["kl"]["fall"]["value"] == pytest.approx(0.75)
    assert numbers["kl"]["base_all"]["value"] == pytest.approx(2.0)
    assert numbers["kl"]["base_later"]["value"] is None
    assert numbers["agreement"]["base"]["value"] == pytest.approx(6 / 12)
    assert numbers["agreement"]["superficial"]["value"] == pytest.approx(8 / 12)
    assert numbers["overlap"] == {"base": 0.75, "superficial": 0.875}
    assert numbers["shift"]["marginal"] == {"base": pytest.approx(3 / 12), "superficial": pytest.approx(4 / 12)}
    assert numbers["shift"]["shifted"] == {"base": pytest.approx(3 / 12), "superficial": 0}
    json.dumps(numbers, allow_nan=False)


def test_shift_tokens_are_counted_by_the_kind_of_their_target():
    stylistic, number, other = shift_kinds(POSITIONS)
    assert (stylistic["shift_tokens"], number["shift_tokens"], other["shift_tokens"]) == (3, 2, 1)
    assert stylistic["share"] == pytest.approx(1 / 2)
    assert stylistic["share_of_all"] == pytest.approx(9 / 12)
    assert (stylistic["restored"], number["restored"]) == (pytest.approx(2 / 3), 0)
    none = shift_kinds(POSITIONS[POSITIONS["source"] == POSITIONS["target"]])
    assert [row["share"] for row in none] == [None, None, None]


def test_two_equal_models_have_no_share_instead_of_all_of_it():
    numbers = report_numbers(POSITIONS.assign(kl_base=0.0, kl_superficial=0.0))
    assert numbers["kl"]["fall"] == {"value": None, "low": None, "high": None, "missing": NO_KL}


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        *((token, "stylistic") for token in ("The", " the", "\n\n", "!", " ")),
        *((token, "number") for token in ("7", " 12")),
        *((token, "other") for token in ("cat", " Cats", "")),
    ],
)
def test_a_token_is_known_with_and_without_a_space_before_it(token, kind):
    assert kind_of(token, set(style_tokens())) == kind
