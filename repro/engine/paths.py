"""Where the parts of the repository are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "repro" / "profiles"
EXPECTED = ROOT / "repro" / "expected"
PAPER = ROOT / "paper"
# The commits that first downloads found.
REVISIONS = PROFILES / "data" / "revisions.yaml"
