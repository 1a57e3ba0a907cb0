"""Claims, and the duration of a run's stages, as text for a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table as RichTable

from superficial.artifacts import TABLE
from superficial.reporting.claim_lines import COLORS
from superficial.reporting.draws import PublishedDraws
from superficial.reporting.table import Table
from superficial.reporting.terminal import table_text, terminal_width

_OVER_DRAWS = (("draws", "csv"), ("draw-verdicts", "md"))
# A log file has no width of its own.
_LOG_WIDTH = 150


def _numbers(claim: dict[str, Any]) -> list[str]:
    return [
        f"{what}: {_number(value)} {_interval(*claim['interval'][what])}" for what, value in claim["measured"].items()
    ]


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _interval(low: float | None, high: float | None) -> str:
    return f"[{_number(low)}, {_number(high)}]"


def print_claims_in_full(claims: list[dict[str, Any]], folder: Path) -> None:
    """Print a table of claims: statement, measured values, the paper's values, verdict, files of the numbers."""
    console = Console()
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    table = RichTable(title="The paper's claims, checked on what was measured here", show_lines=True)
    for column in ("", "claim", "measured here [95 % interval]", "published", "verdict", "numbers in"):
        table.add_column(column, overflow="fold")
    for claim in claims:
        verdict = f"[{COLORS[claim['verdict']]}]{claim['verdict']}[/]"
        if "guarded_verdict" in claim:
            guarded = claim["guarded_verdict"]
            verdict += f"\nguarded: [{COLORS[guarded]}]{guarded}[/]"
        table.add_row(
            claim["id"],
            claim["statement"],
            "\n".join(_numbers(claim)).replace("[", r"\[") or "not part of this profile: run `lab`",
            claim["published"],
            verdict,
            claim["source"],
        )
    console.print(table)
    console.print(f"The numbers are in {folder}.")


def stages_text(seconds: dict[str, float]) -> str:
    """Return a run's total work and the share of each stage, given the seconds of each stage."""
    total = sum(seconds.values())
    shares = ", ".join(f"{stage} {stage_seconds / total:.0%}" for stage, stage_seconds in seconds.items())
    return f"{total / 60:.1f} minutes of work, the sum over parallel steps: {shares}."


def claim_text(claim: dict[str, Any], folder: Path, profile: str) -> str:
    """Return everything about one claim: statement, numbers, verdicts, files, and the command that recomputes it."""
    lines = [
        f"{claim['id']}: {claim['statement']}",
        f"in the paper: {claim['paper']}: {claim['published']}",
        f"counts as reproduced where {claim['criterion']}",
        *(f"measured: {number}" for number in _numbers(claim) or ["nothing, it is not part of this profile"]),
        f"verdict: {claim['verdict']}",
        *([f"because: {claim['reason']}"] if claim.get("reason") else []),
    ]
    if "guarded_verdict" in claim:
        guards = [f"{g['what']} {_number(g['value'])} {_interval(g['low'], g['high'])}" for g in claim["guards"]]
        lines += [f"guarded verdict: {claim['guarded_verdict']} ({'; '.join(guards)})"]
    if "second_judge_verdict" in claim:
        guarded = claim.get("second_judge_guarded_verdict")
        lines += [
            f"by the second judges: {claim['second_judge_verdict']}" + (f", guarded {guarded}" if guarded else "")
        ]
    lines += [
        f"computed from: {', '.join(str(folder / part.strip()) for part in claim['source'].split(','))}",
        f"rerun: invoke reproduce-all --profile {profile} && invoke claim {claim['id']} --profile {profile}",
    ]
    return "\n".join(lines)


def draws_text(folder: Path) -> str:
    """Return the verdicts over draws, as the last report in a folder of draws has them.

    Raises:
        FileNotFoundError: if no set of draws is finished.
    """
    drawn, verdicts = (folder / TABLE.of(table=table, format=form) for table, form in _OVER_DRAWS)
    if not verdicts.is_file():
        raise FileNotFoundError(f"There is no report on draws in {folder}: run `invoke reproduce-all`.")
    numbers = pd.read_csv(drawn)["draw"]
    title = f"The paper's claims over draws {numbers.min()} to {numbers.max()}:"
    return f"{title}\n\n{verdicts.read_text(encoding='utf-8')}"


def this_draw_text(claims: list[dict[str, Any]], draws: PublishedDraws | None) -> str:
    """Return that a run is one draw, with its verdicts beside those over the published draws, where there are any."""
    if draws is None:
        return "These are the verdicts of this draw alone; another draw may differ. No draws are published yet."
    this = {claim["id"]: claim for claim in claims}
    rows = [
        {"claim": row.claim, "this draw": this[row.claim]["verdict"]}
        | {"number": _number(this[row.claim].get("estimate", {}).get("value"))}
        | {"over draws": row.verdict, "holds in": f"{row.holding} of {row.draws}"}
        | {"mean": f"{row.mean:.3f} {_interval(row.low, row.high)}"}
        | {"a new draw": _interval(row.prediction_low, row.prediction_high)}
        for row in draws.verdicts.itertuples()
        if row.claim in this
    ]
    caption = (
        "The number is the estimate that stands for the claim in every draw, which is not always the one that decides "
        "it; a new draw is expected in the last interval."
    )
    table = Table(caption, pd.DataFrame(rows), pd.DataFrame(rows))
    return f"\nThis draw beside the published draws:\n{table_text(table, terminal_width())}"
