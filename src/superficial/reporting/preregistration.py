"""What is fixed before confirmatory draws are run: settings, code, and every claim with its criterion.

`paper/preregistration.yaml` has one entry for each set of draws. Draws are confirmatory only if nothing of their entry
has changed. This module computes no hash of code: that is given to it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from superficial.config import Profile
from superficial.config.types import StrictModel
from superficial.documents import checked, read_yaml
from superficial.files import atomic_write
from superficial.published.claims import Claim

FILE = "preregistration.yaml"
DEVELOPMENT = "development"
_HEAD = """# Written by `invoke preregister` before these draws were run; not by hand.
# settings: hash of the profile of the draws, without seeds. code: hash of everything that a verdict is computed by.
# claims: what each claim says, its criterion, and the thresholds in it.
"""


class Registration(StrictModel):
    """A set of draws and what was fixed before they were run."""

    profile: str
    set: str
    draws: str
    settings: str
    code: str
    claims: dict[str, dict[str, Any]]


def registration(profile: Profile, of_set: str, code: str, claims: dict[str, Claim]) -> Registration:
    """Return what would be registered now for a set of draws.

    Args:
        profile: the profile with the draws.
        of_set: the name of the set.
        code: the hash of the code that decides verdicts.
        claims: the paper's claims by id.

    Raises:
        ValueError: if the draws are for development.
    """
    assert profile.draws is not None, f"profile {profile.name} has no draws"
    if of_set == DEVELOPMENT:
        raise ValueError(f"Draws {profile.draws.sets[of_set]} are for development: they confirm nothing.")
    return Registration(
        profile=profile.name,
        set=of_set,
        draws=profile.draws.sets[of_set],
        settings=settings_hash(profile),
        code=code,
        # Through JSON, as the file has it: numbers and texts alone.
        claims={name: json.loads(claim.model_dump_json()) for name, claim in claims.items()},
    )


def settings_hash(profile: Profile) -> str:
    """Return the SHA-256 of a profile without its name, its seeds and the numbers of its draws."""
    content = profile.model_dump(mode="json", exclude={"name": True, "draws": {"sets"}})
    return hashlib.sha256(json.dumps(_without_seeds(content), sort_keys=True).encode()).hexdigest()


def _without_seeds(section: Any) -> Any:
    if isinstance(section, dict):
        return {key: _without_seeds(value) for key, value in section.items() if key not in ("seed", "seeds")}
    return [_without_seeds(value) for value in section] if isinstance(section, list) else section


def read_registrations(paper: Path) -> dict[str, Registration]:
    """Return the registrations by the name of their set; none where nothing is registered.

    Raises:
        ValueError: if the file is wrong.
    """
    file = paper / FILE
    if not file.is_file():
        return {}
    content = {name: {**entry, "set": name} for name, entry in read_yaml(file).items()}
    return checked(file, content, dict[str, Registration])


def register(entry: Registration, paper: Path) -> Path:
    """Write a registration beside those of other sets, and return the file.

    Raises:
        ValueError: if these draws are published already.
    """
    published = paper / "generated" / "draws.csv"
    first, _, last = entry.draws.partition("-")
    numbers = set(range(int(first), int(last or first) + 1))
    if published.is_file() and numbers & set(pd.read_csv(published)["draw"]):
        raise ValueError(
            f"Draws {entry.draws} are published in {published}: what changes after that needs draws of a new set."
        )
    entries = read_registrations(paper) | {entry.set: entry}
    content = {name: one.model_dump(exclude={"set"}) for name, one in entries.items()}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    with atomic_write(paper / FILE) as path:
        path.write_text(_HEAD + text, encoding="utf-8")
    return paper / FILE


def changes_since(registered: Registration | None, now: Registration) -> list[str]:
    """Return one sentence for each thing that differs from what was registered, or that nothing was."""
    if registered is None:
        return [
            f"Draws {now.draws} are not registered in paper/{FILE}: `invoke preregister` does it before they are run."
        ]
    changed = [
        f"The {what} of draws {now.draws} differ from those that were registered: {was} is not {becomes}."
        for what, was, becomes in (
            ("numbers", registered.draws, now.draws),
            ("settings", registered.settings[:12], now.settings[:12]),
            ("modules", registered.code[:12], now.code[:12]),
        )
        if was != becomes
    ]
    names = sorted({*registered.claims, *now.claims})
    differing = [name for name in names if registered.claims.get(name) != now.claims.get(name)]
    if differing:
        changed.append(f"The criteria of {', '.join(differing)} differ from those that were registered.")
    return changed
