"""Parts of the article: verdicts, compact tables and the audit."""

import numpy as np
import pandas as pd

from superficial.published.audit import Finding
from superficial.reporting.article.tex import audit_text, claims_table, compact_table


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
