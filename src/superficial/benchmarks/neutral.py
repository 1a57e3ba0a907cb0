"""The neutral prompts of ToxiGen, which the paper does not measure: harmless lists that a model should not refuse."""

from __future__ import annotations

from superficial.benchmarks.toxigen import CLUSTERS, COLUMNS, read_question
from superficial.measures.measure import Measure

__all__ = ["CLUSTERS", "COLUMNS", "MEASURES", "read_question"]

MEASURES = {"neutral_refusal": Measure("Neutral declined", "neutral", better="lower")}
