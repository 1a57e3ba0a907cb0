"""Every character of a shown text can be seen."""

import unicodedata

import pytest

from superficial.reporting.visible import visible, visible_token


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("day", "day"),
        ("a b → é 中 😀 Ġ ▁ ́", "a b → é 中 😀 Ġ ▁ ́"),
        ('own"}\r\n\t{"', r'own"}\r\n\t{"'),
        ("\0\x1b\x7f\x85", r"\u{0}\u{1b}\u{7f}\u{85}"),
        ("a\u200bb\u200d\u202e\ufeff\xad", r"a\u{200b}b\u{200d}\u{202e}\u{feff}\u{ad}"),
        ("\xa0\u3000\u2028\u2029", r"\u{a0}\u{3000}\u{2028}\u{2029}"),
        ("\ue000\ud800\U000e0001", r"\u{e000}\u{d800}\u{e0001}"),
    ],
)
def test_what_would_not_be_seen_is_an_escape(text, seen):
    assert visible(text) == visible_token(text) == seen


def test_blank_and_empty_tokens_are_seen():
    assert [visible_token(token) for token in (" ", "   ", "", " a", "\t")] == ["␣", "␣␣␣", "(empty)", " a", r"\t"]
    assert visible(" ") == " "


def test_marks_of_vocabularies_are_not_shown():
    tokens = ("Ġthe", "▁the", "the", "'m", "Ġ", "▁▁", "Ċ", "ĊĊ", "ĠĠĠ", "naĠve")
    shown = ["the", "the", "the", "'m", "␣", "␣␣", r"\n", r"\n\n", "␣␣␣", "naĠve"]
    assert [visible_token(token) for token in tokens] == shown


def test_what_a_font_lacks_is_an_escape():
    assert visible_token("ab 中", set(map(ord, "b "))) == r"\u{61}b \u{4e2d}"


def test_nothing_that_xml_forbids_is_left():
    every = "".join(map(chr, [*range(0x3100), *range(0xD700, 0xE100), *range(0xFE00, 0x10100)]))
    seen = visible(every)
    assert all(unicodedata.category(character)[0] not in "C" for character in set(seen))
    assert set(seen) <= set(every)
