"""Runs the optional stage mmlu on a finished run. It is not part of the workflow, since lm-eval is optional."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from repro.engine.failures import last_line
from repro.engine.paths import ROOT, profile_file
from repro.engine.run import exclusive_run
from repro.workflow import OPTIONAL
from superficial.reporting.results import Results


def score(results: Results, profile: str, variant: str, settings: dict[str, Any]) -> Path:
    """Score a variant, with a record as every stage writes it.

    Args:
        results: the results of a finished run.
        profile: the name of its profile.
        variant: the variant to score.
        settings: what the stage is called with: `shots`, `limit` and `tasks`.

    Returns:
        The file of scores.

    Raises:
        ValueError: if lm-eval is not installed, the variant is unknown, its model or head does not exist yet, or the
            stage fails.
    """
    if find_spec("lm_eval") is None:
        raise ValueError("lm-eval is not installed: pip install -e .[mmlu]")
    variants, folder = results.profile.variants, results.folder
    if variant not in variants:
        raise ValueError(f"There is no variant {variant!r} in profile {profile}; there are {', '.join(variants)}.")
    for name, minimum in (("shots", 0), ("limit", 1)):
        if settings[name] is not None and settings[name] < minimum:
            raise ValueError(f"{name} is {settings[name]}; it must be at least {minimum}.")
    stage = OPTIONAL["mmlu"]
    missing = [file for file in stage.inputs(results.profile, variant) if not (folder / file).is_file()]
    if missing:
        raise ValueError(f"{folder / missing[0]} does not exist yet: run `invoke reproduce-all --profile {profile}`.")
    arguments = [stage.name, str(profile_file(profile)), str(folder), "--name", variant]
    command = [sys.executable, "-m", "repro.engine.stage", *arguments, "--settings", json.dumps(settings)]
    with exclusive_run(folder):
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise ValueError(f"mmlu {variant} failed: {last_line(done.stderr)}")
    return folder / stage.outputs(results.profile, variant)[0]
