"""crate: the record of every stage call -> environment.json and ro-crate-metadata.json, a Workflow Run Crate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from repro.engine.machine import describe
from repro.engine.paths import ROOT
from superficial.artifacts import CRATE, ENVIRONMENT, PROFILE_FILE, WORKFLOW_FILE
from superficial.config import Profile
from superficial.files import atomic_write
from superficial.models.device import set_up_torch
from superficial.progress import progress
from superficial.reporting.crate import describe_run
from superficial.reporting.provenance import Records


def main(profile: Profile, out: Path, _: str) -> None:
    set_up_torch(profile.threads)
    with progress("describing the run", 1) as advance:
        with atomic_write(out / WORKFLOW_FILE.of()) as path:
            shutil.copyfile(ROOT / "repro" / "Snakefile", path)
        _write(out / PROFILE_FILE.of(), profile.model_dump())
        _write(out / ENVIRONMENT.of(), describe())
        crate = describe_run(profile.name, [record for record in Records(out).all if record.stage != "crate"])
        _write(out / CRATE.of(), crate.metadata.generate())
        advance(1)


def _write(file: Path, content: Any) -> None:
    with atomic_write(file) as path:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
