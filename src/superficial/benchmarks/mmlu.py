"""MMLU (Hendrycks et al. 2021) by generation: four choices; the first letter of the response that stands alone counts.

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


def read_question(row: dict[str, Any], file_stem: str, position: int) -> Question:
    """Return the question of a row with its choices below; the answer is the letter of the correct choice."""
    choices = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, row["choices"], strict=True))
    prompt = f"{row['question'].strip()}\n{choices}"
    reference = {"answer": LETTERS[int(row["answer"])], "subject": row["subject"]}
    return Question(id_from_text("mmlu", prompt), prompt, reference)


def judge(benchmark: str, response: str, reference: dict[str, Any]) -> Judgement:
    """Score 1 if the first letter that stands alone is the answer, else 0."""
    letter = re.search(rf"\b([{LETTERS}])\b", response)
    return judgement(response, float(letter is not None and letter[1] == reference["answer"]))
