"""Parts of the article written from a run: verdicts on claims, compact tables, the audit of printed numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from superficial.measures.scores import MEASURES
from superficial.published.audit import Finding
from superficial.reporting.article.numbers import number
from superficial.reporting.claims.condition import NOT_RUN, REPRODUCED
from superficial.reporting.table import tex, tex_row

_DECIMALS = 3


def claims_table(claims: list[dict[str, Any]]) -> str:
    """Return the table of claims with their verdicts; all but `reproduced` are bold."""
    rows = "".join(tex_row([c["id"], tex(c["statement"]), _verdict(c)]) for c in claims)
    return "\\begin{tabularx}{\\linewidth}{lXp{2.6cm}}\n\\toprule\n & claim & verdict \\\\\n\\midrule\n" + (
        rows + "\\bottomrule\n\\end{tabularx}\n"
    )


def estimates_table(claims: list[dict[str, Any]]) -> str:
    """Return the table of the claims that a run tests: the estimate that stands for each, and the verdict."""
    rows = "".join(
        tex_row([c["id"], tex(c["estimate"]["what"]), _estimate(c["estimate"]), _verdict(c)])
        for c in claims
        if c["verdict"] != NOT_RUN
    )
    return "\\begin{tabularx}{\\linewidth}{lXlp{2.6cm}}\n\\toprule\n & estimate & value & verdict \\\\\n\\midrule\n" + (
        rows + "\\bottomrule\n\\end{tabularx}\n"
    )


def _estimate(estimate: dict[str, Any]) -> str:
    value, low, high = (estimate[name] for name in ("value", "low", "high"))
    if value is None:
        return "unknown"
    interval = "no interval" if low is None else f"{number(low, _DECIMALS)}, {number(high, _DECIMALS)}"
    return f"{number(value, _DECIMALS)} [{interval}]"


def _verdict(claim: dict[str, Any]) -> str:
    guarded = claim.get("guarded_verdict", claim["verdict"])
    text = claim["verdict"] if guarded == claim["verdict"] else f"{claim['verdict']}; guarded: {guarded}"
    return text if text == REPRODUCED else rf"\textbf{{{text}}}"


def audit_text(findings: list[Finding]) -> str:
    """Return the findings on the printed numbers by kind, without the long list of their intervals."""
    kinds = dict.fromkeys(finding.kind for finding in findings if finding.kind != "interval")
    parts = [
        rf"\paragraph{{{tex(kind).capitalize()}.}} "
        + " ".join(f"{tex(finding.line.rstrip('.'))}." for finding in findings if finding.kind == kind)
        for kind in kinds
    ]
    return "\n\n".join(parts) + "\n"


def compact_table(scores: pd.DataFrame) -> str:
    """Return a table of scores without intervals, narrow enough for a page; the paper's values are in brackets."""
    measures = list(dict.fromkeys(scores["measure"]))
    arrows = {"higher": r"$\uparrow$", "lower": r"$\downarrow$"}
    head = " & ".join(rf"{MEASURES[m].label} {arrows[MEASURES[m].better]}" for m in measures)
    lines = []
    for variant, rows in scores.groupby("variant", sort=False):
        cells = [tex(str(variant)), *(_cell(row) for row in rows.set_index("measure").loc[measures].itertuples())]
        lines.append(tex_row(cells))
    return (
        f"\\begin{{tabular}}{{l{'r' * len(measures)}}}\n\\toprule\n & {head} \\\\\n\\midrule\n"
        + "".join(lines)
        + "\\bottomrule\n\\end{tabular}\n"
    )


def _cell(row: Any) -> str:
    decimals = MEASURES[row.Index].decimals
    value = "not judged" if pd.isna(row.value) else number(row.value, decimals)
    return value if pd.isna(row.published) else rf"{value} \published{{{number(row.published, decimals)}}}"
