"""claims: recorded results -> claims.json, the verdict on each of the paper's claims."""

from __future__ import annotations

from pathlib import Path

from repro.engine.paths import PAPER
from superficial import artifacts
from superficial.config import Profile
from superficial.progress import progress
from superficial.reporting.claims.registry import CLAIMS, check, write_claims
from superficial.reporting.results import Results


def main(profile: Profile, out: Path, _: str) -> None:
    results = Results(out, profile, PAPER)
    checked = []
    with progress("checking the claims", len(CLAIMS)) as advance:
        for name in CLAIMS:
            checked.append(check(results, name))
            advance(1)
    write_claims(checked, out / artifacts.CLAIMS.of())
