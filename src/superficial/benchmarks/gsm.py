"""GSM8K (Cobbe et al. 2021): word problems; the last number of the response counts."""

from __future__ import annotations

import re
from typing import Any

from superficial.benchmarks.items import Item, by_content
from superficial.judges import Judgement
from superficial.judges.text import is_garbled

COLUMNS = ("question", "answer")
# A minus after a digit or bracket subtracts, it is no sign.
_NUMBER = re.compile(r"(?<![\w.)])-?\d*\.?\d+|\d*\.?\d+")


def _without_separators(text: str) -> str:
    return re.sub(r"(?<=\d),(?=\d)", "", text)


def item(row: dict[str, Any], where: str, position: int) -> Item:
    """Return a question; its reference holds the number after the last ####."""
    question = row["question"].strip()
    answer = _without_separators(row["answer"].rsplit("####", 1)[-1].strip())
    return Item(by_content("gsm8k", question), question, {"answer": answer})


def last_number(response: str) -> float | None:
    """Return the last number of a response, None where it has none."""
    numbers = _NUMBER.findall(_without_separators(response))
    return float(numbers[-1]) if numbers else None


def judge(benchmark: str, response: str, reference: dict[str, Any]) -> Judgement:
    """Score 1 where the last number is the reference's."""
    return Judgement(float(last_number(response) == float(reference["answer"])), is_garbled(response))
