"""Figure 1: clouds of shift tokens and bars of the most frequent pairs, of any tokens that a vocabulary may have."""

import warnings
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from superficial.reporting.figures import registry, shift_tokens
from superficial.reporting.figures.style import STYLE

BROKEN = 'own"}\r\n{"'
TOKENS = {
    "dollars": ["$$", "$x$", r"\$", "$"],
    "blank": [" ", "   ", "\xa0", "\u3000"],
    "empty": ["", "a", "b", "c"],
    "control": ["\0", "\x07", "\x1b[0m", "\ufffe"],
    "lines": ["\n", "\r", "\u2028", "\x0c"],
    "XML": ["&", "<s>", "]]>", "--"],
    "no glyph": ["中文", "😀", "\ue000", "한"],
    "long": ["=" * 200, "x" * 60, "y" * 17, "z" * 16],
}


def results_of(source: list[str], target: list[str]) -> SimpleNamespace:
    positions = pd.DataFrame({"source": source, "target": target})
    profile = SimpleNamespace(main_head="small", sweep=None, sensitivity=None, depth=None, size=None)
    return SimpleNamespace(profile=profile, positions=lambda head: positions)


def drawn(source: list[str], target: list[str]) -> pd.DataFrame:
    figure, data = shift_tokens.draw(results_of(source, target))
    plt.close(figure)
    return data


def test_tokens_with_line_breaks_are_drawn():
    data = drawn([BROKEN] * 4 + ["a"], ["b", "b", "\n", "\n", "a"])
    pairs = data[data["side"] == "pair"].set_index("pair")["positions"]
    assert pairs.to_dict() == {r'own"}\r\n{" → b': 2, r'own"}\r\n{" → \n': 2}


def test_without_shift_tokens_the_clouds_say_so():
    assert drawn(["a", "b"], ["a", "b"]).empty


def test_any_token_is_drawn_in_a_well_formed_file(tmp_path):
    source = [token for tokens in TOKENS.values() for token in tokens]
    with warnings.catch_warnings():
        # matplotlib warns of a character that its font lacks, and draws a box.
        warnings.simplefilter("error")
        registry.write_figure(results_of(source, [*source[1:], source[0]]), "fig1-shift-tokens", tmp_path)
    for suffix in ("svg", "png", "pdf"):
        assert (tmp_path / f"fig1-shift-tokens.{suffix}").stat().st_size > 1000
    ElementTree.parse(tmp_path / "fig1-shift-tokens.svg")
    data = pd.read_csv(tmp_path / "fig1-shift-tokens.csv", keep_default_na=False)
    assert data[data["side"] == "source"]["positions"].sum() == len(source)


@pytest.mark.parametrize("kind", TOKENS)
def test_every_token_leaves_ink_in_its_cloud(kind):
    source = TOKENS[kind]
    with plt.style.context(STYLE):
        figure, data = shift_tokens.draw(results_of(source, ["to"] * len(source)))
        boxes = [word.get_path().get_extents() for word in figure.axes[0].patches]
        plt.close(figure)
    assert len(boxes) == len(source) == len(data[data["side"] == "source"])
    assert all(box.width * box.height > 100 for box in boxes)


def test_tokens_that_look_alike_are_counted_apart():
    data = drawn(["\n", r"\n", "\n", r"\n"], [r"\n", "\n", "a", "a"])
    pairs = data[data["side"] == "pair"]
    assert pairs["positions"].tolist() == [1, 1, 1, 1]


def test_characters_that_the_font_lacks_are_escapes_and_no_boxes():
    data = drawn(["中文", "é"], ["한", "→"])
    assert set(data["pair"]) - {""} == {r"\u{4e2d}\u{6587} → \u{d55c}", "é → →"}
