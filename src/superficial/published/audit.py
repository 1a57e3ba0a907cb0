"""What the paper's numbers say about themselves: contradictions, readings, claims the tables do not bear out, noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import fisher_exact

from superficial.measures.intervals import LEVEL, wilson
from superficial.published.numbers import Number, Published, Share
from superficial.published.relations import reading, relations, triples_of

_SIMULATED = 20_000
_READINGS = {
    "pooled": "pooled (sum of gains / sum of gaps)",
    "ratios": "mean of the models' ratios",
    "absolute": "absolute change (mean over models)",
}


@dataclass(frozen=True)
class Finding:
    """One finding: its kind, and a line with the arithmetic."""

    kind: str
    line: str


def contradictions(paper: Published) -> Iterator[Finding]:
    """Yield every relation that printed numbers break."""
    for relation in relations(paper):
        if not relation.holds:
            yield Finding("does not follow", f"{relation.places[0]}: {relation.arithmetic}")


def _simulated(share: Share, questions: int, triples: list[tuple[float, float, float]]) -> tuple[float, float]:
    """Return the 95 % interval of a share for questions drawn anew, each row on its own."""
    rng = np.random.default_rng(0)
    drawn = [tuple(rng.binomial(questions, p, _SIMULATED) / questions for p in t) for t in triples]
    gains, gaps = np.sum([s - b for b, _, s in drawn], 0), np.sum([a - b for b, a, _ in drawn], 0)
    found = gains / gaps if share.reading == "pooled" else np.abs(gains) / len(triples)
    low, high = np.nanquantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return 100 * low, 100 * high


def readings(paper: Published) -> Iterator[Finding]:
    """Yield, for each share the text claims, what every reading gives, and the interval its questions allow."""
    for name, share in paper.shares.items():
        column, triples = paper.columns[share.column], triples_of(paper, share)
        gains = " + ".join(f"({s:.{column.decimals}f} - {b:.{column.decimals}f})" for b, _, s in triples)
        gaps = " + ".join(f"({a:.{column.decimals}f} - {b:.{column.decimals}f})" for b, a, _ in triples)
        said = []
        for which, label in _READINGS.items():
            value = reading(which, triples)  # type: ignore[arg-type]
            said.append(f"{label} {value:.1f} %{' = as printed' if round(value) == share.percent else ''}")
        line = f'{name}, "{share.percent:g} %" of {share.of}: gains {gains}, gaps {gaps}; {"; ".join(said)}'
        others = [other for other in paper.columns if other != share.column and paper.columns[other].unit == "points"]
        for other in others if share.reading == "absolute" else ():
            value = reading("pooled", triples_of(paper, share.model_copy(update={"column": other})))
            line += f"; pooled by {paper.columns[other].label} {value:.1f} %"
        if column.questions:
            low, high = _simulated(share, column.questions, triples)
            line += f"; n = {column.questions} and one run allow {low:.0f} to {high:.0f} % ({share.reading})"
        yield Finding("reading", line)


def unmet(paper: Published) -> Iterator[Finding]:
    """Yield where "superficial knowledge removes the risk" and "beats simple methods" are not what the tables print."""
    for model in paper.models.values():
        for name, column in paper.columns.items():
            student, aligned = paper.value(model.student, name), paper.value(model.aligned, name)
            if student is None:
                continue
            of_a_base = paper.base_of(model.base) is None
            if of_a_base and name in ("harm_rate", "toxi_score") and student > 0:
                yield Finding(
                    "claim not met",
                    f"the risk is not removed from {model.student}: {column.label} {student:.2f} is above 0; the "
                    f"aligned model itself has {aligned:.2f}",
                )
            for other in model.others:
                theirs = paper.value(other, name)
                sign = 1 if column.better == "higher" else -1
                if theirs is not None and sign * (student - theirs) < 0:
                    yield Finding(
                        "claim not met",
                        f"{model.student} is not better than {other} in {column.label} ({column.better} is better): "
                        f"{student:.{column.decimals}f} against {theirs:.{column.decimals}f}",
                    )


def intervals(paper: Published) -> Iterator[Finding]:
    """Yield the Wilson intervals of the printed shares: the paper has one run and gives none."""
    for name, column in paper.columns.items():
        if column.unit != "share" or column.questions is None:
            continue
        printed = sorted({row.values[name] for t in paper.tables.values() for row in t.values() if name in row.values})
        found = [(value, wilson(round(value * column.questions), column.questions)) for value in printed]
        digits = column.decimals
        said = ", ".join(f"{value:.{digits}f} [{e.low:.{digits}f}, {e.high:.{digits}f}]" for value, e in found)
        yield Finding("interval", f"{column.label}, n = {column.questions}, one run, Wilson 95 %: {said}")


def noise(paper: Published) -> Iterator[Finding]:
    """Yield the differences that a claim rests on and that so few questions can not tell from none."""
    for model in paper.models.values():
        for name, column in paper.columns.items():
            student = paper.value(model.student, name)
            if student is None or column.unit != "share" or column.questions is None:
                continue
            n = column.questions
            for other in (model.aligned, *model.others):
                theirs = paper.value(other, name)
                if theirs is None or theirs == student:
                    continue
                one, two = round(student * n), round(theirs * n)
                p = fisher_exact([[one, n - one], [two, n - two]]).pvalue
                if p > 1 - LEVEL:
                    yield Finding(
                        "within noise",
                        f"{model.student} against {other}, {column.label}: {student:.{column.decimals}f} against "
                        f"{theirs:.{column.decimals}f} at n = {n} (Fisher's exact test, unpaired, p = {p:.2f})",
                    )


def equation_4(paper: Published) -> Iterator[Finding]:
    """Yield the range of Eq. 4: for n orthonormal columns its largest value is sqrt(n) / sqrt(sqrt(n) sqrt(n)) = 1."""
    n = paper.setup["vectors of Eq. 4"].value
    norm = sqrt(n)
    yield Finding(
        "range",
        f"Eq. 4 with n = {n:g} orthonormal columns: ||V|| = sqrt(n) = {norm:.2f}, ||V1^T V2|| is at most sqrt(n), so "
        f"the value is at most {norm:.2f} / sqrt({norm:.2f} * {norm:.2f}) = {norm / sqrt(norm * norm):g} and at least "
        "0; it is the square root of the usual overlap ||V1^T V2||^2 / n, and looks more similar than that",
    )


def audit(paper: Published) -> list[Finding]:
    """Return all findings."""
    checks = (contradictions, readings, unmet, intervals, noise, equation_4)
    return [finding for check in checks for finding in check(paper)]


def unchecked(paper: Published) -> tuple[list[Number], list[Number]]:
    """Return the numbers that nothing else in the paper checks: the free ones, and those that others only limit.

    That a value lies where its measure can at all is no check.
    """
    told = [relation for relation in relations(paper) if relation.kind != "range"]
    exact = {place for relation in told if relation.exact for place in relation.places}
    limited = {place for relation in told for place in relation.places} - exact
    numbers = list(paper.numbers())
    return [n for n in numbers if n.place not in exact | limited], [n for n in numbers if n.place in limited]


def audit_text(paper: Published) -> str:
    """Return the findings as lines, and the numbers that nothing checks."""
    lines = [f"{finding.kind}: {finding.line}" for finding in audit(paper)]
    free, limited = unchecked(paper)
    for title, numbers in (
        ("nothing else in the paper checks these numbers:", free),
        (
            "these are only limited by another (HarmScore by HarmRate, questions by the values printed of them):",
            limited,
        ),
    ):
        lines += ["", title, *(f"  {number.place}: {number.value:g} {number.unit}" for number in numbers)]
    return "\n".join(lines)
