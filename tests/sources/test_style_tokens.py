"""Stylistic tokens in every spelling that a vocabulary may use."""

from superficial.sources.style_tokens import style_tokens


def test_a_word_occurs_with_each_space_marker_and_case():
    tokens = style_tokens()
    assert {"the", "The", "THE", "\u2581the", "\u0120The", ",", "\u0120,", "</s>", "\n"} <= set(tokens)
    assert tokens == sorted(set(tokens))


def test_content_words_are_not_stylistic():
    assert not {"bread", "Paris", "seven", "7", "kill"} & set(style_tokens())
