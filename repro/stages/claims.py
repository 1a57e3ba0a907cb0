"""claims: recorded results -> claims.json, the verdict on each of the paper's claims."""

from __future__ import annotations

import json
from pathlib import Path

from repro.engine.paths import PAPER
from superficial.config import Profile
from superficial.files import atomic_write
from superficial.progress import progress
from superficial.reporting.claims import CLAIMS, check
from superficial.reporting.results import Results


def main(profile: Profile, out: Path, _: str) -> None:
    results = Results(out, profile, PAPER)
    checked = []
    with progress("checking the claims", len(CLAIMS)) as advance:
        for claim in CLAIMS:
            checked.append(check(results, claim))
            advance(1)
    with atomic_write(out / "claims.json") as path:
        path.write_text(json.dumps(checked, indent=1, ensure_ascii=False))
