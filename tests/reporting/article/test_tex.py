"""Parts of the article: verdicts, compact tables and the audit."""

import numpy as np
import pandas as pd

from superficial.published.audit import Finding
from superficial.reporting.article.tex import audit_text, claims_table, compact_table, estimates_table


def test_all_verdicts_but_reproduced_are_bold():
    claims = [
        {"id": "C1", "statement": "a & b", "verdict": "reproduced", "guarded_verdict": "not reproduced"},
        {"id": "C2", "statement": "c", "verdict": "reproduced"},
        {"id": "C3", "statement": "d", "verdict": "inconclusive"},
    ]
    assert claims_table(claims).splitlines()[4:7] == [
        r"C1 & a \& b & \textbf{reproduced; guarded: not reproduced} \\",
        r"C2 & c & reproduced \\",
        r"C3 & d & \textbf{inconclusive} \\",
    ]


def test_the_estimates_of_the_claims_that_were_tested_are_shown_with_their_verdicts():
    estimate = {"what": "GSM, a & b", "value": -0.25, "low": -0.5, "high": 0.125}
    claims = [
        {"id": "C1", "verdict": "inconclusive", "guarded_verdict": "not reproduced", "estimate": estimate},
        {"id": "C2", "verdict": "not run"},
        {"id": "C3", "verdict": "reproduced", "estimate": estimate | {"low": None, "high": None}},
        {"id": "C4", "verdict": "inconclusive", "estimate": estimate | {"value": None, "low": None, "high": None}},
    ]
    assert estimates_table(claims).splitlines()[4:7] == [
        r"C1 & GSM, a \& b & $-$0.250 [$-$0.500, 0.125] & \textbf{inconclusive; guarded: not reproduced} \\",
        r"C3 & GSM, a \& b & $-$0.250 [no interval] & reproduced \\",
        r"C4 & GSM, a \& b & unknown & \textbf{inconclusive} \\",
    ]


def test_a_compact_table_shows_values_published_values_and_gaps():
    rows = [("a", "gsm", 0.25, 0.5), ("a", "harm_score", 1.5, np.nan), ("b", "gsm", np.nan, 0.5)]
    rows.append(("b", "harm_score", np.nan, np.nan))
    table = compact_table(pd.DataFrame(rows, columns=["variant", "measure", "value", "published"]))
    assert table.splitlines()[4:6] == [
        r"a & 0.250 \published{0.500} & 1.50 \\",
        r"b & not judged \published{0.500} & not judged \\",
    ]


def test_findings_are_grouped_by_kind_without_intervals():
    findings = [
        Finding("range", "x."),
        Finding("interval", "left out"),
        Finding("within noise", "y"),
        Finding("range", "z"),
    ]
    assert audit_text(findings) == "\\paragraph{Range.} x. z.\n\n\\paragraph{Within noise.} y.\n"
