"""GSM8K (Cobbe et al. 2021): math word problems. The last number of a response counts as its answer."""

from __future__ import annotations

import re
from typing import Any

from superficial.judges import Judgement
from superficial.judges.keyword import judgement
from superficial.measures.measure import Measure
from superficial.sources.question import Question, id_from_text

MEASURES = {"gsm": Measure("GSM", "gsm", better="higher")}
COLUMNS = ("question", "answer")
CLUSTERS = ("person",)
# The minus sign, hyphens, the figure and en dashes, and the small and full-width forms: all stand for a hyphen here.
_MINUS = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"))
# A minus after a digit or a closing bracket is a subtraction, not a sign.
_NUMBER = re.compile(r"(?<![\w.)])-?\d*\.?\d+|\d*\.?\d+")


def read_question(row: dict[str, Any], file_stem: str, position: int) -> Question:
    """Return the problem of a row; the answer is the number after the last ####."""
    text = row["question"].strip()
    answer = _plain_numbers(row["answer"].rsplit("####", 1)[-1].strip())
    # Questions of our own name their person.
    return Question(
        id_from_text("gsm8k", text), text, {"answer": answer} | {key: row[key] for key in CLUSTERS if key in row}
    )


def _plain_numbers(text: str) -> str:
    """Return a text with a hyphen for every minus, and numbers without separators of thousands."""
    return re.sub(r"(?<=\d),(?=\d)", "", text.translate(_MINUS))


def last_number(response: str) -> float | None:
    """Return the last number of a response, or None if it has none."""
    numbers = _NUMBER.findall(_plain_numbers(response))
    return float(numbers[-1]) if numbers else None


def judge(benchmark: str, response: str, reference: dict[str, Any]) -> Judgement:
    """Score 1 if the last number of the response is the answer, else 0."""
    return judgement(response, float(last_number(response) == float(reference["answer"])))
