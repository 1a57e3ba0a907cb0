"""What a recorded run gives the article: its figures, its tables, and every number as a LaTeX macro.

`\\val{KEY}` in the article gives a number; a key that no run has given stops the compilation. Keys are words, and
`KEY interval` and `KEY percent` go with the value of a `KEY`.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from superficial.files import atomic_write
from superficial.measures import kl, shift
from superficial.measures.intervals import Estimate
from superficial.measures.scores import MEASURES
from superficial.published.audit import Finding, audit
from superficial.reporting.claims import REPRODUCED
from superficial.reporting.figures import CAPTIONS, figure_names
from superficial.reporting.results import Results
from superficial.reporting.table import tex
from superficial.reporting.tables import table_names

FIGURE_FORMS, TABLE_FORMS = ("pdf", "svg", "png", "csv"), ("tex", "md", "csv")
_MACROS = r"""% Written by `invoke publish`; not by hand.
\newcommand{\val}[1]{\ifcsname number #1\endcsname\csname number #1\endcsname
  \else\errmessage{No run has given the number: #1}\fi}
\newcommand{\ifnumber}[3]{\ifcsname number #1\endcsname#2\else#3\fi}
"""


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "$-$")


def _percent(share: float, digits: int = 0) -> str:
    return rf"{_number(100 * share, digits)}\,\%"


def _estimate(key: str, found: Estimate, digits: int = 3) -> Iterator[tuple[str, str]]:
    if pd.isna(found.value):
        return
    yield key, _number(found.value, digits)
    yield f"{key} percent", _percent(found.value)
    ends = "no interval" if pd.isna(found.low) else f"{_number(found.low, digits)}, {_number(found.high, digits)}"
    yield f"{key} interval", f"[{ends}]"


def _scores(results: Results) -> Iterator[tuple[str, str]]:
    for name in results.profile.tables:
        for row in pd.read_csv(results.file("tables", f"{name}.csv")).itertuples():
            digits = 3 if MEASURES[row.measure].is_rate else 2
            label = row.measure.replace("_", " ")
            yield from _estimate(f"{row.variant} {label}", Estimate(row.value, row.low, row.high), digits)
            yield f"{row.variant} {label} questions", str(row.n)
            if not pd.isna(row.published):
                yield f"{row.variant} {label} published", _number(row.published, digits)


def _shares(results: Results) -> Iterator[tuple[str, str]]:
    for row in pd.read_csv(results.file("tables", "recovery.csv")).itertuples():
        key = f"share {row.comparison} {row.measure.replace('_', ' ')}"
        yield from _estimate(key, Estimate(row.pooled_value, row.pooled_low, row.pooled_high))
        if not pd.isna(row.mean_of_ratios_value):
            yield f"{key} ratios", _number(row.mean_of_ratios_value, 3)
        if not pd.isna(row.published):
            yield f"{key} published percent", _percent(row.published)


def _positions(results: Results) -> Iterator[tuple[str, str]]:
    for head in results.profile.heads:
        positions = results.positions(head)
        yield f"positions {head}", str(len(positions))
        for row in shift.category_shares(positions).itertuples():
            yield f"{row.category} {head} percent", _percent(row.share, 1)
        yield f"shift tokens {head} percent", _percent(len(shift.shift_tokens(positions)) / len(positions), 1)
        for name, found in kl.summary(positions, seed=0).items():
            yield from _estimate(f"kl {head} {name.replace('_', ' ')}", found)


def _claims(claims: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for claim in claims:
        yield f"claim {claim['id']} verdict", claim["verdict"]
        yield f"claim {claim['id']} guarded", claim.get("guarded_verdict", claim["verdict"])
        for what, value in claim["measured"].items():
            low, high = claim["interval"][what]
            ends = (float("nan") if number is None else number for number in (value, low, high))
            yield from _estimate(f"claim {claim['id']} {what}", Estimate(*ends))
    for verdict in dict.fromkeys(claim["verdict"] for claim in claims):
        named = [claim["id"] for claim in claims if claim["verdict"] == verdict]
        yield f"claims {verdict}", ", ".join(named)
        yield f"count {verdict}", str(len(named))
    yield "count claims", str(len(claims))


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
        yield from ((f"{part} positions {name}", str(n)) for part, n in card.get("positions", {}).items())


def numbers(results: Results, claims: list[dict[str, Any]]) -> dict[str, str]:
    """Return every number of the article by its key, as LaTeX."""
    return dict([*_run(results), *_scores(results), *_shares(results), *_positions(results), *_claims(claims)])


def _macro(key: str, text: str) -> str:
    return rf"\expandafter\def\csname number {key}\endcsname{{{text}}}" + "\n"


def _claims_table(claims: list[dict[str, Any]]) -> str:
    def verdict(claim: dict[str, Any]) -> str:
        guarded = claim.get("guarded_verdict", claim["verdict"])
        said = claim["verdict"] if guarded == claim["verdict"] else f"{claim['verdict']}; guarded: {guarded}"
        return said if said == REPRODUCED else rf"\textbf{{{said}}}"

    rows = "".join(rf"{c['id']} & {tex(c['statement'])} & {verdict(c)} \\" + "\n" for c in claims)
    return "\\begin{tabularx}{\\linewidth}{lXp{2.6cm}}\n\\toprule\n & claim & verdict \\\\\n\\midrule\n" + (
        rows + "\\bottomrule\n\\end{tabularx}\n"
    )


def _audit(findings: list[Finding]) -> str:
    """Return what the published numbers say of each other, by kind; the long list of their intervals is left out."""
    kinds = dict.fromkeys(finding.kind for finding in findings if finding.kind != "interval")
    parts = [
        rf"\paragraph{{{tex(kind).capitalize()}.}} "
        + " ".join(f"{tex(finding.line.rstrip('.'))}." for finding in findings if finding.kind == kind)
        for kind in kinds
    ]
    return "\n\n".join(parts) + "\n"


def _compact(table: pd.DataFrame) -> str:
    """Return a table of scores without intervals, the paper's values in brackets, narrow enough for a page."""
    measures = list(dict.fromkeys(table["measure"]))
    arrows = {"higher": r"$\uparrow$", "lower": r"$\downarrow$"}
    head = " & ".join(rf"{MEASURES[m].label} {arrows[MEASURES[m].better]}" for m in measures)
    lines = []
    for variant, of in table.groupby("variant", sort=False):
        cells = [tex(str(variant))]
        for row in of.set_index("measure").loc[measures].itertuples():
            digits = 3 if MEASURES[str(row.Index)].is_rate else 2
            published = "" if pd.isna(row.published) else rf" \published{{{_number(row.published, digits)}}}"
            cells.append(_number(row.value, digits) + published)
        lines.append(" & ".join(cells) + r" \\" + "\n")
    return (
        f"\\begin{{tabular}}{{l{'r' * len(measures)}}}\n\\toprule\n & {head} \\\\\n\\midrule\n"
        + "".join(lines)
        + "\\bottomrule\n\\end{tabular}\n"
    )


def contact_sheet(names: list[str], profile: str) -> str:
    """Return a page that shows every figure, with its numbers."""
    parts = [f"# Figures\n\nOf the last published run, profile `{profile}`; written by `invoke publish`.\n"]
    for name in names:
        files = " · ".join(f"[{form}]({name}.{form})" for form in FIGURE_FORMS)
        parts.append(f"## {re.sub('-', ' ', name)}\n\n{CAPTIONS[name]}\n\n![{CAPTIONS[name]}]({name}.png)\n\n{files}\n")
    return "\n".join(parts)


def publish(results: Results, figures: Path, generated: Path) -> Iterator[Path]:
    """Copy a run's figures, tables and claims to where they are committed, and write what the article takes in.

    Yields:
        each file written.

    Raises:
        FileNotFoundError: where the run is not finished.
        ValueError: where a file is not what its stage wrote.
    """
    if not (results.folder / "claims.json").is_file():
        raise FileNotFoundError(
            f"There are no claims in {results.folder}: run `invoke reproduce-all --profile {results.profile.name}`."
        )
    said = results.file("claims.json").read_text(encoding="utf-8")
    # All are looked at before the first is copied.
    drawn = [
        results.file("figures", f"{name}.{form}") for name in figure_names(results.profile) for form in FIGURE_FORMS
    ]
    made = [results.file("tables", f"{name}.{form}") for name in table_names(results.profile) for form in TABLE_FORMS]
    for files, target in ((drawn, figures), (made, generated)):
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, target / file.name)
            yield target / file.name
    claims = json.loads(said)
    texts = {
        generated / "claims.json": said,
        generated / "numbers.tex": _MACROS + "".join(_macro(*one) for one in numbers(results, claims).items()),
        generated / "claims.tex": _claims_table(claims),
        generated / "audit.tex": _audit(audit(results.published)),
        figures / "README.md": contact_sheet(figure_names(results.profile), results.profile.name),
    }
    for name in results.profile.tables:
        texts[generated / f"{name}-compact.tex"] = _compact(pd.read_csv(results.file("tables", f"{name}.csv")))
    for path, text in texts.items():
        with atomic_write(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
        yield path
