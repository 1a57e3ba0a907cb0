"""Claims as a reader sees them in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

_COLORS = {"reproduced": "green", "not reproduced": "red", "inconclusive": "yellow", "not run": "blue"}
# Of a log file, which has no width of its own.
_PLAIN_WIDTH = 150


def _numbers(claim: dict[str, Any]) -> list[str]:
    def said(value: float | None) -> str:
        return "none" if value is None else f"{value:.3f}"

    return [
        f"{what}: {said(value)} [{', '.join(map(said, claim['interval'][what]))}]"
        for what, value in claim["measured"].items()
    ]


def print_claims(claims: list[dict[str, Any]], folder: Path) -> None:
    """Print one row a claim: statement, what was measured, what the paper says, verdict, where the numbers are."""
    console = Console()
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    table = Table(title="The paper's claims, checked on what was measured here", show_lines=True)
    for column in ("", "claim", "measured here [95 % interval]", "published", "verdict", "numbers in"):
        table.add_column(column, overflow="fold")
    for claim in claims:
        verdict = f"[{_COLORS[claim['verdict']]}]{claim['verdict']}[/]"
        if "guarded_verdict" in claim:
            guarded = claim["guarded_verdict"]
            verdict += f"\nguarded: [{_COLORS[guarded]}]{guarded}[/]"
        table.add_row(
            claim["id"],
            claim["statement"],
            "\n".join(_numbers(claim)).replace("[", r"\[") or "this profile has no such part: run `lab`",
            claim["published"],
            verdict,
            claim["source"],
        )
    console.print(table)
    console.print(f"Sources are under {folder}; `invoke claim C2` says more about one of them.")


def stages_text(seconds: dict[str, float]) -> str:
    """Return which share of a run's work, in seconds by stage, each stage was."""
    total = sum(seconds.values())
    shares = ", ".join(f"{stage} {one / total:.0%}" for stage, one in seconds.items())
    return f"{total / 60:.1f} minutes of work, steps side by side counted each: {shares}."


def claim_text(claim: dict[str, Any], folder: Path, profile: str) -> str:
    """Return all there is to say about one claim."""
    lines = [
        f"{claim['id']}: {claim['statement']}",
        f"in the paper: {claim['paper']}: {claim['published']}",
        f"counts as reproduced where {claim['criterion']}",
        *(f"measured: {number}" for number in _numbers(claim) or ["nothing, this profile has no such part"]),
        f"verdict: {claim['verdict']}",
    ]
    if "guarded_verdict" in claim:
        guards = [f"{g['what']} {g['value']:.3f} [{g['low']:.3f}, {g['high']:.3f}]" for g in claim["guards"]]
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
