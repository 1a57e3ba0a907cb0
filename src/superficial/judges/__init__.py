"""Judges score responses: functions of the text, classifiers, language models, and a chat model behind an endpoint.

A judge that cannot score a response gives NaN and a reason. Tables show it as a gap, never as a number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Judgement:
    """What a judge says of one response.

    Attributes:
        score: the score; NaN where the judge gave none.
        garbled: whether the response is garbled.
        refused: whether the response declines the request. It may give what was asked for all the same.
        reason: why there is no score.
    """

    score: float
    garbled: bool
    refused: bool
    reason: str = ""


@dataclass(frozen=True)
class Judge:
    """A judge that is ready to use.

    Attributes:
        identity: the name that its scores carry: which function, model or endpoint.
        judge: returns one judgement a row; rows have the columns benchmark, prompt, response and reference (JSON).
    """

    identity: str
    judge: Callable[[pd.DataFrame], list[Judgement]]
