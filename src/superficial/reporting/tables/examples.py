"""Tables of one question each (Tables 2, 8 and 9): what base, aligned model and student write."""

from __future__ import annotations

import pandas as pd

from superficial.config import Comparison
from superficial.measures.shift import shift_tokens
from superficial.reporting.results import Results
from superficial.reporting.table import Table


def examples_table(results: Results, name: str) -> Table:
    """Return the responses of base, aligned model and student to one question, with the shift tokens in brackets."""
    example = results.profile.examples[name]
    variants = results.profile.recovery[example.comparison][0]
    who = "succeeds and the base fails" if example.superficial_succeeds else "fails"
    caption = f"The first GSM test question that {variants.aligned} answers rightly and where {variants.student} {who}."
    question = _first_question(results, variants, example.superficial_succeeds)
    if question is None:
        empty = pd.DataFrame({"who": ["-"], "text": ["there is no such question"], "right": ["-"]})
        return Table(caption, empty, empty)
    positions = results.positions(results.student_head(example.comparison))
    table = _responses(results, variants, question, positions[positions["question_id"] == question])
    return Table(f"{caption} Shift tokens of its response are in brackets.", table, table)


def _gsm_rows(results: Results, variant: str) -> pd.DataFrame:
    return results.scores(variant)["gsm"].set_index("question_id")


def _first_question(results: Results, variants: Comparison, student_succeeds: bool) -> str | None:
    base, aligned, student = (
        _gsm_rows(results, name)["score"] for name in (variants.base, variants.aligned, variants.student)
    )
    fits = (aligned == 1) & (student == float(student_succeeds))
    if student_succeeds:
        fits &= base == 0
    return fits.idxmax() if fits.any() else None


def _responses(results: Results, variants: Comparison, question: str, positions: pd.DataFrame) -> pd.DataFrame:
    rows = [{"who": "question", "text": _gsm_rows(results, variants.base)["prompt"][question], "right": ""}]
    for role, variant in variants.model_dump().items():
        row = _gsm_rows(results, variant).loc[question]
        text = _with_brackets(positions) if role == "aligned" else row["response"]
        right = "not judged" if pd.isna(row["score"]) else "yes" if row["score"] == 1 else "no"
        rows.append({"who": variant, "text": text, "right": right})
    pairs = ", ".join(f"({row.source} → {row.target})" for row in shift_tokens(positions).itertuples())
    rows.append({"who": "shift tokens (source → target)", "text": pairs, "right": ""})
    return pd.DataFrame(rows)


def _with_brackets(positions: pd.DataFrame) -> str:
    """Return the aligned model's response token by token, shift tokens in brackets."""
    return " ".join(
        row.target if row.source == row.target else f"[{row.target}]"
        for row in positions.sort_values("position").itertuples()
    )
