"""The tasks of `invoke --list`, defined in repro/cli."""

from repro.cli.heads import apply, compare, extract, inspect
from repro.cli.maintain import docs, doctor, lint, paper, publish, test
from repro.cli.results import audit, claim, claims, figure, report, table, verify, why
from repro.cli.run import bench, bundle, clean, demo_real, mmlu, plan, rehearse, reproduce_all

__all__ = [
    "apply",
    "audit",
    "bench",
    "bundle",
    "claim",
    "claims",
    "clean",
    "compare",
    "demo_real",
    "docs",
    "doctor",
    "extract",
    "figure",
    "inspect",
    "lint",
    "mmlu",
    "paper",
    "plan",
    "publish",
    "rehearse",
    "report",
    "reproduce_all",
    "table",
    "test",
    "verify",
    "why",
]
