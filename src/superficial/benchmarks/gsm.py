"""GSM8K (Cobbe et al. 2021): math word problems. The last number of a response counts as its answer."""

from __future__ import annotations

import re
import unicodedata
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
# Commas, apostrophes, underscores, and the spaces that do not break or are thin.
_THOUSANDS = re.compile(r"(?<=\d)[,'\u2019_\u00a0\u2007\u2008\u2009\u202f](?=\d{3}(?!\d))")
_CURRENCY_AFTER_SIGN = re.compile(r"(?<![\w.)])-[$\u20ac\u00a3\u00a5\u20b9]\s?(?=[\d.])")
# Also with whole ones before them: 2\u00bd, 2 1/2. A date is no fraction.
_FRACTION_SIGN = re.compile(r"(\d*)\s?([\u00bc-\u00be\u2150-\u215e\u2189])")
_FRACTION = re.compile(r"(?<![\d/.])(?:(\d+) )?(\d+) ?[/\u2044] ?(\d+)(?![\d/\u2044]|\.\d)")
# A minus after a digit or a closing bracket is a subtraction or a range, not a sign.
_UNSIGNED = r"\d*\.?\d+(?:[eE][+-]?\d+\b)?"
_NUMBER = re.compile(rf"(?<![\w.)])-{_UNSIGNED}|{_UNSIGNED}")


def read_question(row: dict[str, Any], file_stem: str, position: int) -> Question:
    """Return the problem of a row; the answer is the number after the last ####."""
    text = row["question"].strip()
    answer = _plain_numbers(row["answer"].rsplit("####", 1)[-1].strip())
    # Questions of our own name their person.
    return Question(
        id_from_text("gsm8k", text), text, {"answer": answer} | {key: row[key] for key in CLUSTERS if key in row}
    )


def _plain_numbers(text: str) -> str:
    """Return a text with a hyphen for every minus, and numbers without separators of thousands or fractions."""
    text = _CURRENCY_AFTER_SIGN.sub("-", _THOUSANDS.sub("", text.translate(_MINUS)))
    text = _FRACTION_SIGN.sub(lambda match: str(int(match[1] or 0) + unicodedata.numeric(match[2])), text)
    return _FRACTION.sub(_value, text)


def _value(match: re.Match[str]) -> str:
    """Return the value of a division, or of a mixed number such as 2 1/2."""
    before, numerator, divisor = match[1], int(match[2]), int(match[3])
    if divisor == 0:
        return match[0]
    if before is None or numerator < divisor:
        return str(int(before or 0) + numerator / divisor)
    return f"{before} {numerator / divisor}"


def last_number(response: str) -> float | None:
    """Return the last number of a response, or None if it has none."""
    numbers = _NUMBER.findall(_plain_numbers(response))
    return float(numbers[-1]) if numbers else None


def judge(benchmark: str, response: str, reference: dict[str, Any]) -> Judgement:
    """Score 1 if the last number of the response is the answer, else 0."""
    return judgement(response, float(last_number(response) == float(reference["answer"])))
