"""claims: recorded results -> claims.json, the verdict on each of the paper's claims."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from stage import run

from superficial.config import Profile
from superficial.files import atomic_write
from superficial.progress import progress
from superficial.reporting.claims import CLAIMS, check
from superficial.reporting.results import Results


def main(profile: Profile, out: Path, arguments: Namespace) -> None:
    results = Results(out, profile, Path(__file__).parents[1] / "paper")
    checked = []
    with progress("checking the claims", len(CLAIMS)) as advance:
        for claim in CLAIMS:
            checked.append(check(results, claim))
            advance(1)
    with atomic_write(out / "claims.json") as path:
        path.write_text(json.dumps(checked, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    run(main, __doc__)
