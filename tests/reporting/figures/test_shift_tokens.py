"""Figure 1: clouds of shift tokens and bars of the most frequent pairs."""

from types import SimpleNamespace

import pandas as pd

from superficial.reporting.figures import shift_tokens

BROKEN = 'own"}\r\n{"'


def drawn(source: list[str], target: list[str]) -> pd.DataFrame:
    positions = pd.DataFrame({"source": source, "target": target})
    results = SimpleNamespace(profile=SimpleNamespace(main_head="small"), positions=lambda head: positions)
    return shift_tokens.draw(results)[1]


def test_tokens_with_line_breaks_are_drawn():
    data = drawn([BROKEN] * 4 + ["a"], ["b", "b", "\n", "\n", "a"])
    pairs = data[data["side"] == "pair"].set_index("pair")["positions"]
    assert pairs.to_dict() == {r'own"}\r\n{" → b': 2, r'own"}\r\n{" → \n': 2}


def test_without_shift_tokens_the_clouds_say_so():
    assert drawn(["a", "b"], ["a", "b"]).empty
