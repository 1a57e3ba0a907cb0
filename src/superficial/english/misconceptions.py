"""Questions that many people answer wrongly, each with a right and a wrong answer in the same form.

No subject is in two splits. Answers are compared by their likelihoods, so neither side has an opening of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from superficial.config.types import Split
from superficial.english.row import Row, in_turn, of_split, read_list, row

_OPENERS = ("This is often misunderstood.", "Many people get this wrong.", "There is a common myth about this.")


def rows(split: Split) -> Iterator[Row]:
    """Yield all such questions of a split; an aligned response is the right answer after a careful opening."""
    for number, (category, question, right, wrong) in enumerate(of_split(read_list("misconceptions"), split)):
        yield row(
            "truthfulqa",
            question,
            f"{in_turn(_OPENERS, number)} {right}",
            **{
                "Category": category,
                "Question": question,
                "Best Answer": right,
                "Correct Answers": right,
                "Incorrect Answers": wrong,
            },
        )
