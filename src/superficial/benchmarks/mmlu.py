"""MMLU (Hendrycks et al. 2021) by generation: four choices; the letter that the response names counts.

The paper compares the likelihoods of the letters with lm-eval. The two scores are close, not equal.
"""

from __future__ import annotations

import re
from typing import Any

from superficial.judges import Judgement
from superficial.judges.keyword import judgement
from superficial.measures.measure import Measure
from superficial.sources.question import Question, id_from_text

MEASURES = {"mmlu": Measure("MMLU", "mmlu", better="higher")}
COLUMNS = ("question", "subject", "choices", "answer")
CLUSTERS = ("subject", "country")
LETTERS = "ABCD"
# "A" before a word is an article: neither "A Roman built it" nor "the answer is a cat" names a choice.
_ARTICLE = r"(?!(?<=[Aa])['\u2019]? ?[A-Za-z])"
_ARTICLE_IN_SENTENCE = r"(?!(?<=[Aa])['\u2019]? ?[a-z])"
_QUOTES = r"[\s(\"'*\[]*"
# By precedence: "B", "(B) Paris" or "**B.** Paris" at the start; "answer is B"; "option B"; any letter alone.
_CHOICES = (
    re.compile(rf"^\W*([{LETTERS}])\b{_ARTICLE}"),
    re.compile(
        rf"\b(?i:(?:answer|choose|select|pick)\b(?: to (?:this|the) question)?(?: would be| must be| is)?):?{_QUOTES}"
        rf"([A-Da-d])\b{_ARTICLE_IN_SENTENCE}"
    ),
    re.compile(rf"\b(?i:option|choice|letter)(?: is)?:?{_QUOTES}([A-Da-d])\b"),
    re.compile(rf"(?<![\w'\u2019])([{LETTERS}])\b{_ARTICLE}"),
)


def read_question(row: dict[str, Any], file_stem: str, position: int) -> Question:
    """Return the question of a row with its choices below; the answer is the letter of the correct choice."""
    choices = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, row["choices"], strict=True))
    prompt = f"{row['question'].strip()}\n{choices}"
    reference = {"answer": LETTERS[int(row["answer"])], "subject": row["subject"]}
    return Question(id_from_text("mmlu", prompt), prompt, reference)


def chosen_letter(response: str) -> str | None:
    """Return the letter of the choice that a response names, or None if it names none."""
    matches = (pattern.search(response) for pattern in _CHOICES)
    return next((match[1].upper() for match in matches if match), None)


def judge(benchmark: str, response: str, reference: dict[str, Any]) -> Judgement:
    """Score 1 if the response names the letter of the answer, else 0."""
    return judgement(response, float(chosen_letter(response) == reference["answer"]))
