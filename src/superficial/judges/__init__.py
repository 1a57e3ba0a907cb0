"""What scores an answer: functions of the answer alone, classifiers, language models, an endpoint.

A judge that can not judge an answer says why and gives no score (NaN): a gap that tables show, never a number.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Judgement:
    """The score of one response, whether it is garbled, and, where the score is NaN, why there is none."""

    score: float
    garbled: bool
    reason: str = ""
