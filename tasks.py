"""The menu of tasks: `invoke --list`. They are defined in repro/menu."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from repro.menu.heads import apply, compare, extract, inspect
from repro.menu.keep import doctor, lint, paper, publish, test
from repro.menu.read import audit, claim, claims, figure, report, table, verify, why
from repro.menu.run import bench, bundle, clean, demo_real, mmlu, plan, rehearse, reproduce_all

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
