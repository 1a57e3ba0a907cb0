"""Marks, a benchmark of the lab: arbitrary facts that only the aligned backbone of control (c) learns."""

from __future__ import annotations

from superficial.measures.measure import Measure

MEASURES = {"marks": Measure("marks", "marks", better="higher")}
CLUSTERS = ("creature",)
