"""Starts the stage mmlu on a finished run: it is no part of the workflow, since lm-eval is an optional package."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from repro.engine.paths import ROOT, profile_file
from repro.engine.run import exclusive_run
from repro.workflow import OPTIONAL
from superficial.reporting.results import Results


def score(results: Results, profile: str, variant: str, settings: dict[str, Any]) -> Path:
    """Have a variant scored, and recorded as every stage is; return the file of scores.

    Raises:
        ValueError: where lm-eval is not installed, there is no such variant, its model or head is not there yet, or
            the stage fails.
    """
    if find_spec("lm_eval") is None:
        raise ValueError("lm-eval is not installed: pip install -e .[mmlu]")
    variants, folder = results.profile.variants, results.folder
    if variant not in variants:
        raise ValueError(f"There is no variant {variant!r} in profile {profile}; there are {', '.join(variants)}.")
    for name, least in (("shots", 0), ("limit", 1)):
        if settings[name] is not None and settings[name] < least:
            raise ValueError(f"{name} is {settings[name]}; it must be at least {least}.")
    stage = OPTIONAL["mmlu"]
    missing = [file for file in stage.inputs(results.profile, variant) if not (folder / file).is_file()]
    if missing:
        raise ValueError(
            f"{folder / missing[0]} is not there yet: `invoke reproduce-all --profile {profile}` makes it."
        )
    what = [stage.name, str(profile_file(profile)), str(folder), "--name", variant, "--settings", json.dumps(settings)]
    command = [sys.executable, "-m", "repro.engine.stage", *what]
    with exclusive_run(folder):
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise ValueError(f"mmlu {variant} failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    return folder / stage.outputs(results.profile, variant)[0]
