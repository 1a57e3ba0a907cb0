r"""Every number of the article as a LaTeX macro.

`\val{KEY}` in the article prints a number; a key that no run has given stops the compilation. Keys are words, and
`KEY interval` and `KEY percent` go with the value of a `KEY`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from superficial.artifacts import TABLE
from superficial.measures import kl, shift
from superficial.measures.intervals import Estimate
from superficial.measures.scores import MEASURES
from superficial.reporting.claims.condition import NOT_RUN
from superficial.reporting.results import Results

_DEFINITIONS = r"""% Written by `invoke publish`; not by hand.
\newcommand{\val}[1]{\ifcsname number #1\endcsname\csname number #1\endcsname
  \else\errmessage{No run has given the number: #1}\fi}
\newcommand{\ifnumber}[3]{\ifcsname number #1\endcsname#2\else#3\fi}
"""


def article_numbers(results: Results, claims: list[dict[str, Any]]) -> dict[str, str]:
    """Return every number of the article by its key, as LaTeX.

    Args:
        results: a finished run.
        claims: the content of its claims.json.
    """
    return dict([*_run(results), *_scores(results), *_shares(results), *_positions(results), *_claims(claims)])


def draw_numbers(verdicts: pd.DataFrame) -> dict[str, str]:
    """Return how many claims have each verdict over draws, and which, by keys that begin with `draws`.

    Args:
        verdicts: the table `draw-verdicts`.
    """
    return {f"draws {key}": text for key, text in _by_verdict(verdicts.to_dict("records"), "claim")}


def verdict_numbers(profile: str, claims: list[dict[str, Any]]) -> dict[str, str]:
    """Return how many claims have each verdict in a run of another profile, and which; keys begin with its name.

    Args:
        profile: the name of the profile.
        claims: the content of the run's claims.json; those that it does not test are left out.
    """
    tested = [claim for claim in claims if claim["verdict"] != NOT_RUN]
    return {f"{profile} {key}": text for key, text in _by_verdict(tested, "id")}


def macros(numbers: dict[str, str]) -> str:
    """Return the LaTeX file that defines `\\val` and a macro for each number."""
    return _DEFINITIONS + more_macros(numbers)


def more_macros(numbers: dict[str, str]) -> str:
    """Return a LaTeX file that defines a macro for each number, to be read after that of `macros`."""
    lines = [rf"\expandafter\def\csname number {key}\endcsname{{{text}}}" + "\n" for key, text in numbers.items()]
    return "".join(lines)


def number(value: float, decimals: int) -> str:
    """Return a number as LaTeX; never a negative zero."""
    text = f"{value:.{decimals}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "$-$")


def _percent(share: float, decimals: int = 0) -> str:
    return rf"{number(100 * share, decimals)}\,\%"


def _estimate(key: str, estimate: Estimate, decimals: int = 3) -> Iterator[tuple[str, str]]:
    if pd.isna(estimate.value):
        return
    yield key, number(estimate.value, decimals)
    yield f"{key} percent", _percent(estimate.value)
    if pd.isna(estimate.low):
        yield f"{key} interval", "[no interval]"
    else:
        yield f"{key} interval", f"[{number(estimate.low, decimals)}, {number(estimate.high, decimals)}]"


def _run(results: Results) -> Iterator[tuple[str, str]]:
    profile = results.profile
    yield "profile", profile.name
    yield "seeds", str(len(profile.distillation.seeds))
    yield "models", str(len(profile.models))
    yield "heads", str(len(profile.heads))
    for name, head in profile.heads.items():
        card = results.card(name)
        if head.kind != "residual":
            yield f"k {name}", str(card["k"])
        yield from ((f"{split} positions {name}", str(count)) for split, count in card.get("positions", {}).items())


def _scores(results: Results) -> Iterator[tuple[str, str]]:
    for name in results.profile.tables:
        for row in pd.read_csv(results.file(TABLE.of(table=name, format="csv"))).itertuples():
            decimals = MEASURES[row.measure].decimals
            key = f"{row.variant} {row.measure.replace('_', ' ')}"
            yield from _estimate(key, Estimate(row.value, row.low, row.high), decimals)
            yield f"{key} questions", str(row.n)
            if not pd.isna(row.published):
                yield f"{key} published", number(row.published, decimals)


def _shares(results: Results) -> Iterator[tuple[str, str]]:
    for row in pd.read_csv(results.file(TABLE.of(table="recovery", format="csv"))).itertuples():
        key = f"share {row.comparison} {row.measure.replace('_', ' ')}"
        yield from _estimate(key, Estimate(row.pooled_value, row.pooled_low, row.pooled_high))
        if not pd.isna(row.mean_of_ratios_value):
            yield f"{key} ratios", number(row.mean_of_ratios_value, 3)
        if not pd.isna(row.published):
            yield f"{key} published percent", _percent(row.published)


def _positions(results: Results) -> Iterator[tuple[str, str]]:
    for head in results.profile.heads:
        positions = results.positions(head)
        yield f"positions {head}", str(len(positions))
        for row in shift.category_shares(positions).itertuples():
            yield f"{row.category} {head} percent", _percent(row.share, 1)
        yield f"shift tokens {head} percent", _percent(len(shift.shift_tokens(positions)) / len(positions), 1)
        for name, estimate in kl.summary(positions, seed=0).items():
            yield from _estimate(f"kl {head} {name.replace('_', ' ')}", estimate)


def _claims(claims: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for claim in claims:
        yield f"claim {claim['id']} verdict", claim["verdict"]
        yield f"claim {claim['id']} guarded", claim.get("guarded_verdict", claim["verdict"])
        for what, value in claim["measured"].items():
            low, high = claim["interval"][what]
            if value is not None:
                estimate = Estimate(value, np.nan if low is None else low, np.nan if high is None else high)
                yield from _estimate(f"claim {claim['id']} {what}", estimate)
    yield from _by_verdict(claims, "id")


def _by_verdict(claims: list[dict[str, Any]], name: str) -> Iterator[tuple[str, str]]:
    for verdict in dict.fromkeys(claim["verdict"] for claim in claims):
        names = [claim[name] for claim in claims if claim["verdict"] == verdict]
        yield f"claims {verdict}", ", ".join(names)
        yield f"count {verdict}", str(len(names))
    yield "count claims", str(len(claims))
