"""A number of a control beside what is allowed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """A number of a control, the allowed values in words, and whether it is one of them; `missing` as in `Estimate`."""

    control: str
    what: str
    measured: float
    allowed: str
    holds: bool
    missing: str = ""
