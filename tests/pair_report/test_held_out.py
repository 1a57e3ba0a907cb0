"""No report measures a head on prompts that it learned from."""

import warnings

import pytest

from superficial.errors import Note
from superficial.pair_prompts import pair_prompts, prompts_of_card
from superficial.pair_report.held_out import split_for_new_head, split_for_saved_head


@pytest.fixture
def read(tokenizer, prompts):
    return pair_prompts(tokenizer, tokenizer, prompts)


def test_a_new_head_learns_from_what_is_not_held_out(read):
    split = split_for_new_head(read, seed=0)
    assert len(split.held_out) == 6
    assert sorted(split.learned + split.held_out) == list(range(32))
    assert split == split_for_new_head(read, seed=0)
    assert split.held_out != split_for_new_head(read, seed=1).held_out


def test_a_saved_head_is_measured_on_the_prompts_that_its_card_does_not_name(read):
    learned = [0, 3, 5, 20]
    card = {"prompts": prompts_of_card(read.select(learned))}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        split = split_for_saved_head(read, card)
    assert split.held_out == [number for number in range(32) if number not in learned]
    assert split.learned == []


def test_a_card_that_names_no_prompts_is_noted_and_one_of_this_very_file_is_refused(read):
    old = prompts_of_card(read)
    del old["each"]
    with pytest.raises(ValueError, match="0 of the 32 prompts are new to this head; a report measures on at least 5"):
        split_for_saved_head(read, {"prompts": old})
    for card in ({}, {"prompts": [1]}, {"prompts": {"each": 3}}):
        with pytest.warns(Note, match="does not tell which prompts it learned from"):
            assert len(split_for_saved_head(read, card).held_out) == 32


def test_too_few_prompts_are_refused(read):
    with pytest.raises(ValueError, match="There are 6 different prompts; a report needs at least 7: 5 to measure on"):
        split_for_new_head(read.select(range(6)), seed=0)
