"""MMLU (Hendrycks et al. 2021) as generation: four choices, and the letter that the response begins with.

The paper reports the likelihood of the letters, by lm-eval; a letter that is said first is near to that, not equal.
"""

from __future__ import annotations

import re
from typing import Any

from superficial.benchmarks.items import Item, by_content
from superficial.judges import Judgement
from superficial.judges.text import is_garbled

COLUMNS = ("question", "subject", "choices", "answer")
LETTERS = "ABCD"


def item(row: dict[str, Any], where: str, position: int) -> Item:
    """Return a question with its choices below; the reference holds the right letter."""
    choices = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, row["choices"], strict=True))
    prompt = f"{row['question'].strip()}\n{choices}"
    return Item(by_content("mmlu", prompt), prompt, {"answer": LETTERS[int(row["answer"])], "subject": row["subject"]})


def judge(benchmark: str, response: str, reference: dict[str, Any]) -> Judgement:
    """Score 1 where the first letter that stands alone is the right one."""
    said = re.search(rf"\b([{LETTERS}])\b", response)
    return Judgement(float(said is not None and said[1] == reference["answer"]), is_garbled(response))
