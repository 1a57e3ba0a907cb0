"""An audit of the numbers in the paper: contradictions, readings of shares, claims that tables contradict, noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from scipy.stats import fisher_exact

from superficial.measures.intervals import LEVEL, wilson
from superficial.published.numbers import Number, Published, Reading, Share
from superficial.published.relations import Triple, printed_triples, relations, share_in_percent

_SIMULATIONS = 20_000
_READINGS: dict[Reading, str] = {
    "pooled": "pooled (sum of gains / sum of gaps)",
    "ratios": "mean of the models' ratios",
    "absolute": "absolute change (mean over models)",
}


@dataclass(frozen=True)
class Finding:
    """A finding: its kind, and one line with the arithmetic."""

    kind: str
    line: str


def contradictions(paper: Published) -> Iterator[Finding]:
    """Yield every relation that the printed numbers break."""
    for relation in relations(paper):
        if not relation.holds:
            yield Finding("does not follow", f"{relation.places[0]}: {relation.arithmetic}")


def _simulated_interval(share: Share, questions: int, triples: list[Triple]) -> tuple[float, float]:
    """Return the 95 % interval of a share in percent, by drawing new questions for each row independently."""
    rng = np.random.default_rng(0)
    drawn = [tuple(rng.binomial(questions, p, _SIMULATIONS) / questions for p in t) for t in triples]
    gains, gaps = np.sum([s - b for b, _, s in drawn], 0), np.sum([a - b for b, a, _ in drawn], 0)
    with np.errstate(divide="ignore", invalid="ignore"):  # Some draws have no gap.
        shares = gains / gaps if share.reading == "pooled" else np.abs(gains) / len(triples)
    low, high = np.nanquantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return 100 * low, 100 * high


def readings(paper: Published) -> Iterator[Finding]:
    """Yield, for each share in the text, its value under every reading, and the interval that its questions allow."""
    for name, share in paper.shares.items():
        column, triples = paper.columns[share.column], printed_triples(paper, share)
        gains = " + ".join(f"({s:.{column.decimals}f} - {b:.{column.decimals}f})" for b, _, s in triples)
        gaps = " + ".join(f"({a:.{column.decimals}f} - {b:.{column.decimals}f})" for b, a, _ in triples)
        values = []
        for kind, label in _READINGS.items():
            value = share_in_percent(kind, triples)
            values.append(
                f"{label} {value:.1f} %{' = as printed' if isfinite(value) and round(value) == share.percent else ''}"
            )
        line = f'{name}, "{share.percent:g} %" of {share.of}: gains {gains}, gaps {gaps}; {"; ".join(values)}'
        others = [other for other in paper.columns if other != share.column and paper.columns[other].unit == "points"]
        for other in others if share.reading == "absolute" else ():
            value = share_in_percent("pooled", printed_triples(paper, share.model_copy(update={"column": other})))
            line += f"; pooled by {paper.columns[other].label} {value:.1f} %"
        if column.questions:
            low, high = _simulated_interval(share, column.questions, triples)
            line += f"; n = {column.questions} and one run allow {low:.0f} to {high:.0f} % ({share.reading})"
        yield Finding("reading", line)


def unmet_claims(paper: Published) -> Iterator[Finding]:
    """Yield where the tables contradict "superficial knowledge removes the risk" or "beats simple methods"."""
    for model in paper.models.values():
        for name, column in paper.columns.items():
            student, aligned = paper.value(model.student, name), paper.value(model.aligned, name)
            if student is None:
                continue
            is_of_base_model = paper.base_of(model.base) is None
            if is_of_base_model and name in ("harm_rate", "toxi_score") and student > 0:
                yield Finding(
                    "claim not met",
                    f"the risk is not removed from {model.student}: {column.label} {student:.2f} is above 0; the "
                    f"aligned model itself has {aligned:.2f}",
                )
            for other in model.others:
                other_value = paper.value(other, name)
                sign = 1 if column.better == "higher" else -1
                if other_value is not None and sign * (student - other_value) < 0:
                    yield Finding(
                        "claim not met",
                        f"{model.student} is not better than {other} in {column.label} ({column.better} is better): "
                        f"{student:.{column.decimals}f} against {other_value:.{column.decimals}f}",
                    )


def intervals(paper: Published) -> Iterator[Finding]:
    """Yield the Wilson intervals of the printed rates, since the paper reports one run without intervals."""
    for name, column in paper.columns.items():
        if column.unit != "share" or column.questions is None:
            continue
        printed = sorted({row.values[name] for t in paper.tables.values() for row in t.values() if name in row.values})
        estimates = [(value, wilson(round(value * column.questions), column.questions)) for value in printed]
        digits = column.decimals
        text = ", ".join(f"{value:.{digits}f} [{e.low:.{digits}f}, {e.high:.{digits}f}]" for value, e in estimates)
        yield Finding("interval", f"{column.label}, n = {column.questions}, one run, Wilson 95 %: {text}")


def noise(paper: Published) -> Iterator[Finding]:
    """Yield the differences that a claim rests on but that are not significant with so few questions."""
    for model in paper.models.values():
        for name, column in paper.columns.items():
            student = paper.value(model.student, name)
            if student is None or column.unit != "share" or column.questions is None:
                continue
            n = column.questions
            for other in (model.aligned, *model.others):
                other_value = paper.value(other, name)
                if other_value is None or other_value == student:
                    continue
                student_count, other_count = round(student * n), round(other_value * n)
                p = fisher_exact([[student_count, n - student_count], [other_count, n - other_count]]).pvalue
                if p > 1 - LEVEL:
                    yield Finding(
                        "within noise",
                        f"{model.student} against {other}, {column.label}: {student:.{column.decimals}f} against "
                        f"{other_value:.{column.decimals}f} at n = {n} (Fisher's exact test, unpaired, p = {p:.2f})",
                    )


def equation_4(paper: Published) -> Iterator[Finding]:
    """Yield the range of Eq. 4. For n orthonormal columns its largest value is sqrt(n) / sqrt(sqrt(n) sqrt(n)) = 1."""
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
    checks = (contradictions, readings, unmet_claims, intervals, noise, equation_4)
    return [finding for check in checks for finding in check(paper)]


def unchecked(paper: Published) -> tuple[list[Number], list[Number]]:
    """Return the numbers that nothing else in the paper checks, and those that other numbers only limit.

    That a value lies in the range of its measure does not count as a check.
    """
    checks = [relation for relation in relations(paper) if relation.kind != "range"]
    exact = {place for relation in checks if relation.exact for place in relation.places}
    limited = {place for relation in checks for place in relation.places} - exact
    numbers = list(paper.numbers())
    return [n for n in numbers if n.place not in exact | limited], [n for n in numbers if n.place in limited]


def audit_text(paper: Published) -> str:
    """Return all findings as lines of text, followed by the numbers that nothing else in the paper checks."""
    lines = [f"{finding.kind}: {finding.line}" for finding in audit(paper)]
    free, limited = unchecked(paper)
    for title, numbers in (
        ("nothing else in the paper checks these numbers:", free),
        ("other numbers only limit these (HarmRate limits HarmScore, printed values limit the questions):", limited),
    ):
        lines += ["", title, *(f"  {number.place}: {number.value:g} {number.unit}" for number in numbers)]
    return "\n".join(lines)
