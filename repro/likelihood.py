"""Starts the stage mmlu on a finished run: it is no part of the workflow, since lm-eval is an optional package."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from repro.reproduce import ROOT, only_run, profile_file
from superficial.config.external import Hub
from superficial.reporting.results import Results

_CODE = ("repro/mmlu.py", "src/superficial/models/harness.py", "src/superficial/knowledge/heads.py")


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
    said = variants[variant]
    weights = "checkpoint.json" if isinstance(results.profile.models[said.model], Hub) else "model.safetensors"
    inputs = [f"models/{said.model}/{weights}", *([f"heads/{said.head}/head.safetensors"] if said.head else [])]
    missing = [file for file in inputs if not (folder / file).is_file()]
    if missing:
        raise ValueError(
            f"{folder / missing[0]} is not there yet: `invoke reproduce-all --profile {profile}` makes it."
        )
    script = [sys.executable, str(ROOT / "repro" / "mmlu.py"), str(profile_file(profile)), str(folder), variant]
    said_of = ["--part", json.dumps(settings), "--inputs", *inputs, *(str(ROOT / file) for file in _CODE)]
    with only_run(folder):
        found = subprocess.run([*script, *said_of], capture_output=True, text=True, check=False)
    if found.returncode:
        raise ValueError(f"mmlu {variant} failed: {(found.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    return folder / "mmlu" / f"{variant}.parquet"
