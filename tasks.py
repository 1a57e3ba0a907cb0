"""The tasks that `invoke --list` shows; they are defined in repro/cli."""

from repro.cli.development import docs, lint, mutate, test
from repro.cli.heads import apply, compare, depth, extract, inspect, report_pair
from repro.cli.paper import audit, paper, preregister, publish
from repro.cli.preparation import doctor, fetch, plan, profile
from repro.cli.results import bundle, claim, claims, figure, report, table, verify, why
from repro.cli.run import bench, clean, mmlu, rehearse, reproduce_all

__all__ = [
    "apply",
    "audit",
    "bench",
    "bundle",
    "claim",
    "claims",
    "clean",
    "compare",
    "depth",
    "docs",
    "doctor",
    "extract",
    "fetch",
    "figure",
    "inspect",
    "lint",
    "mmlu",
    "mutate",
    "paper",
    "plan",
    "preregister",
    "profile",
    "publish",
    "rehearse",
    "report",
    "report_pair",
    "reproduce_all",
    "table",
    "test",
    "verify",
    "why",
]
