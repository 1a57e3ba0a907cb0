"""Stylistic tokens in every spelling that a vocabulary may use."""

import re

from tokenizers.pre_tokenizers import ByteLevel
from wordcloud import STOPWORDS

from superficial.sources.style_tokens import style_tokens
from tests.support.real_texts import best_answers, correct_answers, math_solutions, needs_real_texts


def test_a_word_occurs_with_each_space_marker_and_case():
    tokens = style_tokens()
    assert {"the", "The", "THE", "\u2581the", "\u0120The", ",", "\u0120,", "</s>", "\n"} <= set(tokens)
    assert tokens == sorted(set(tokens))


def test_content_words_are_not_stylistic():
    assert not {"bread", "Paris", "seven", "7", "kill"} & set(style_tokens())


def test_end_tokens_contractions_and_typography_are_stylistic():
    tokens = set(style_tokens())
    assert {"<|eot_id|>", "<|im_end|>", "<end_of_turn>", "'s", "n't", "'t", "don", "\u2581doesn"} <= tokens
    assert {"\u2019", "\u2019s", "n\u2019t", "\u201c", "\u2014", "\u2026"} <= tokens
    # As byte-level vocabularies spell them.
    (byte_level, _), *_ = ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str("\u2019s")
    assert {byte_level, "\u0120" + byte_level} <= tokens


def test_the_stop_words_of_others_are_stylistic():
    addresses = {"com", "http", "www", "k", "r"}
    words = {part for word in STOPWORDS for part in re.split("(?=n't)|(?=')", word) if part}
    assert words - set(style_tokens()) - addresses <= {"ca", "wo", "sha", "n"}


@needs_real_texts
def test_marks_of_real_texts_are_stylistic_and_their_names_and_numbers_are_not():
    tokens = set(style_tokens())
    text = "\n".join([*math_solutions(), *best_answers(), *correct_answers()])
    marks = set(re.findall(r"[^\w\s]", text))
    assert len(marks - tokens) <= 0.2 * len(marks), marks - tokens
    assert not tokens & set(re.findall(r"\d+", text))
    # After a word in lower case, one with a capital is a name.
    names = re.findall(r"(?<=[a-z] )[A-Z][a-z]+\b", text)
    assert sum(name in tokens for name in names) <= 0.01 * len(names)
