"""Whether draws are what was registered before they were run: their settings, their code, and what they recorded."""

from __future__ import annotations

import hashlib
import json

from repro.engine.call import Call
from repro.engine.parts import PlacedCall, placed_calls
from repro.engine.paths import PAPER, profile_file, results_folder
from superficial.config import load_profile
from superficial.published.claims import load_claims
from superficial.reporting.preregistration import Registration, changes_since, read_registrations, registration
from superficial.reporting.provenance import Records

# They show what was found, and decide nothing.
_SHOWING = ("tables", "figures", "crate")


def current_registration(name: str, of_set: str) -> Registration:
    """Return what would be registered now for a set of draws of a profile.

    Raises:
        ValueError: if there is no such set, or its draws are for development.
    """
    profile = load_profile(profile_file(name))
    if profile.draws is None:
        raise ValueError(f"Profile {name} has no draws.")
    chosen, _ = profile.draws.chosen(of_set)
    codes = sorted({(placed.call.stage.name, placed.call.code) for placed in _deciding_calls(name, chosen)})
    code = hashlib.sha256(json.dumps(codes).encode()).hexdigest()
    return registration(profile, chosen, code, load_claims(PAPER / "claims.yaml"))


def _deciding_calls(name: str, of_set: str) -> list[PlacedCall]:
    return [placed for placed in placed_calls(name, of_set) if placed.call.stage.name not in _SHOWING]


def changes(now: Registration) -> list[str]:
    """Return one sentence for each thing that differs from the registration of a set of draws."""
    return changes_since(read_registrations(PAPER).get(now.set), now)


def unfinished(now: Registration) -> list[str]:
    """Return the calls of a set's draws that have not run with the settings and the code of now."""
    records = {}
    for placed in (calls := _deciding_calls(now.profile, now.set)):
        if placed.folder not in records:
            records[placed.folder] = Records(results_folder(now.profile) / placed.folder).all
    recorded = {
        (folder, record.stage, record.name): (record.code.sha256, record.profile_section)
        for folder, all_of_it in records.items()
        for record in all_of_it
    }
    return [str(p) for p in calls if recorded.get((p.folder, p.call.stage.name, p.call.name)) != _expected(p.call)]


def _expected(call: Call) -> tuple[str, object]:
    return call.code, json.loads(call.profile_section)
