"""claims: recorded results -> claims.json, the verdict on each of the paper's claims."""

from __future__ import annotations

import json
from pathlib import Path

from stage import begin

from superficial.files import atomic_write
from superficial.reporting.claims import CLAIMS, check
from superficial.reporting.results import Results


def main() -> None:
    profile, out, _ = begin(__doc__)
    results = Results(out, profile, Path(__file__).parents[1] / "paper")
    with atomic_write(out / "claims.json") as path:
        path.write_text(json.dumps([check(results, claim) for claim in CLAIMS], indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
