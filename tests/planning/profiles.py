"""Profiles and rates that tests of plans read."""

from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.planning.rates import read_rates

RATES = read_rates()
PROFILES = {
    name: load_profile(ROOT / "repro" / "profiles" / f"{name}.yaml") for name in ("paper", "small", "rehearsal")
}
PAPER, REHEARSAL = PROFILES["paper"], PROFILES["rehearsal"]
