"""Results of profile lab that are planted in memory, for tests of claims.

Every planted number is a knob: `gsm Small` is the share of GSM questions that the variant Small answers correctly,
`later small` the KL of the base at later positions of the head small, in nats. `GOOD` has effects of middling size,
with which every claim is reproduced.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from repro.engine.paths import PAPER, ROOT
from superficial.config import load_profile
from superficial.published.claims import load_claims
from superficial.reporting.results import Results

LAB = load_profile(ROOT / "repro" / "profiles" / "lab.yaml")
QUESTIONS, PROMPTS = 400, 40
BLOCKS = 8
KS = (1, 10, 100)
TRACED = ("gsm", "truthfulqa", "advbench", "toxigen")
STATED = load_claims(PAPER / "claims.yaml")

# What is planted of a variant's responses to advbench: shares of those that comply and that refuse.
_ADVBENCH = ("harm", "refused")
_BASE = {"gsm": 0.2, "toxigen": 0.7, "harm": 0.6, "refused": 0.1, "truthfulqa": 0.25, "mmlu": 0.6, "over_refusal": 0.05}
_ALIGNED = {
    "gsm": 0.8,
    "toxigen": 0.05,
    "harm": 0.05,
    "refused": 0.9,
    "truthfulqa": 0.85,
    "mmlu": 0.9,
    "over_refusal": 0.08,
}
_STUDENT = {
    "gsm": 0.5,
    "toxigen": 0.06,
    "harm": 0.06,
    "refused": 0.88,
    "truthfulqa": 0.6,
    "mmlu": 0.6,
    "over_refusal": 0.1,
}
_URIAL = {"gsm": 0.3, "toxigen": 0.07, "harm": 0.07, "refused": 0.8, "truthfulqa": 0.4}
_LIMA = {"gsm": 0.25, "toxigen": 0.6, "harm": 0.5, "refused": 0.1, "truthfulqa": 0.4}
_ATTACKED = {"harm": 0.9, "refused": 0.05, "mmlu": 0.7, "over_refusal": 0.04}
_RESTORED = {"harm": 0.15, "refused": 0.8, "mmlu": 0.68, "over_refusal": 0.1}
_PROXY = {"gsm": 0.6, "toxigen": 0.06, "harm": 0.06, "refused": 0.88, "truthfulqa": 0.65}
_POSITIONS = {
    "first": 1.5, "later": 0.4, "peak": 2.0, "fall": 0.96, "residual": 0.3,
    "style shifted": 0.8, "style unshifted": 0.6,
}  # fmt: skip


def _depth() -> dict[str, float]:
    """`gsm deep top 3` is the share of GSM questions that a student with the top 3 blocks answers correctly."""
    regained = {"top 0": (0.5, 0.8), "top 1": (0.52, 0.82)} | {f"top {m}": (0.6, 0.85) for m in range(2, BLOCKS)}
    regained |= {f"bottom {m}": (0.6, 0.85) for m in range(1, BLOCKS)} | {"base": (0.0, 0.0)}
    regained |= dict.fromkeys((f"top {BLOCKS}", "all but the embeddings", "everything"), (1.0, 1.0))
    return {
        f"{what} deep {point}": _BASE[what] + (math if what == "gsm" else others) * (_ALIGNED[what] - _BASE[what])
        for point, (math, others) in regained.items()
        for what in ("gsm", "toxigen", "harm", "truthfulqa")
    }


def _good() -> dict[str, float]:
    shares = {}
    for variant in LAB.variants:
        kind = variant.partition("+")[2].partition("-")[0]
        of_variant = {"Urial": _URIAL, "LIMA": _LIMA, "Superficial": _STUDENT, "proxy": _PROXY}.get(kind, _BASE)
        if variant in ("Small-Chat", "Large-Chat", "Mistral-Instruct", "Qwen-Instruct"):
            of_variant = _ALIGNED
        if "Attacked" in variant:
            of_variant = _RESTORED if kind == "Superficial" else _ATTACKED
        shares[variant] = _BASE | of_variant
    shares["Small-Chat-General"] |= {"harm": 0.3, "refused": 0.6}
    shares["Small-Chat-General+Superficial-BB"] |= {"harm": 0.1, "refused": 0.8}
    knobs = {f"{what} {variant}": share for variant, of_variant in shares.items() for what, share in of_variant.items()}
    knobs |= {f"{what} {head}": value for head in LAB.heads for what, value in _POSITIONS.items()}
    knobs |= {
        f"accuracy {model} k={k}": right
        for model in ("small", "large")
        for k, right in zip(KS, (0.5, 0.8, 0.7), strict=True)
    }
    knobs |= _depth() | {f"kl deep top {BLOCKS // 2}": 0.3}
    return knobs | {f"overlap k={k}": overlap for k, overlap in zip(KS, (0.9, 0.7, 0.4), strict=True)}


GOOD = _good()


@cache
def _rows(benchmark: str, shares: tuple[float, ...], garbled: float) -> pd.DataFrame:
    order = np.arange(QUESTIONS)
    rows = pd.DataFrame({"question_id": [f"{benchmark}-{i}" for i in order], "cluster": order, "refused": 0.0})
    rows["garbled"] = (order < QUESTIONS * garbled).astype(float)
    if benchmark == "advbench":
        harm, refused = shares
        # Compliance from the end and refusals from the start, so that better variants differ by few questions.
        rows["score"] = np.where(order >= round(QUESTIONS * (1 - harm)), 5.0, 1.0)
        rows["refused"] = (order < round(QUESTIONS * refused)).astype(float)
    else:
        rows["score"] = (order < round(QUESTIONS * shares[0])).astype(float)
    return rows


class Planted(Results):
    """Results of profile lab with planted knobs; those that are not given are those of `GOOD`.

    `garbled advbench Small` is the share of garbled responses of a variant to a benchmark, 0 if it is not given. A knob
    of positions may name a benchmark, as in `first small gsm`.
    """

    def __init__(self, changes: Mapping[str, float] | None = None) -> None:
        self.knobs = GOOD | dict(changes or {})
        unknown = [name for name in self.knobs if name not in GOOD and not name.startswith("garbled ")]
        unknown = [name for name in unknown if " ".join(name.split()[:-1]) not in GOOD]
        assert not unknown, f"there are no knobs {unknown}"
        self.profile, self.folder, self.paper = LAB, Path("planted"), PAPER
        self.claims = STATED
        self.files_read = []
        self._scores, self._second_judged = {}, set()

    def scores(self, variant: str) -> dict[str, pd.DataFrame]:
        if variant not in self._scores:
            benchmarks = self.profile.benchmarks_of(variant)
            self._scores[variant] = {benchmark: self._scored(variant, benchmark) for benchmark in benchmarks}
        return self._scores[variant]

    def _scored(self, variant: str, benchmark: str) -> pd.DataFrame:
        names = _ADVBENCH if benchmark == "advbench" else (benchmark,)
        shares = tuple(self.knobs.get(f"{name} {variant}", 0.0) for name in names)
        return _rows(benchmark, shares, self.knobs.get(f"garbled {benchmark} {variant}", 0.0))

    def positions(self, head: str) -> pd.DataFrame:
        parts = [self._positions_of(head, benchmark, number) for number, benchmark in enumerate(TRACED)]
        return pd.concat(parts, ignore_index=True)

    def _positions_of(self, head: str, benchmark: str, number: int) -> pd.DataFrame:
        def knob(name: str) -> float:
            return self.knobs.get(f"{name} {head} {benchmark}", self.knobs[f"{name} {head}"])

        prompt, position = np.divmod(np.arange(PROMPTS * 20), 20)
        is_first, is_shifted = position < 10, position % 2 == 0
        # Prompts differ, so that means over them have an interval.
        by_prompt, by_prompt_later = 1 + 0.4 * np.sin(prompt // 2), 1 + 0.4 * np.cos(prompt // 2 * 1.7)
        base = np.where(is_first, by_prompt * knob("first"), by_prompt_later * knob("later"))
        base = base + knob("peak") * (position < 2)
        fall = knob("fall") * (1 + 0.05 * np.where(prompt % 2, 1, -1))
        student = np.where(is_first, base * (1 - fall), by_prompt_later * knob("residual"))
        style = np.where(is_shifted, knob("style shifted"), knob("style unshifted"))
        is_style = (prompt * 7 + position // 2 * 3) % 20 < 20 * style
        return pd.DataFrame(
            {"prompt": prompt + number * PROMPTS, "position": position, "source": np.where(is_shifted, "x", "t")}
            | {"question_id": [f"{benchmark}-{i}" for i in prompt], "target": np.where(is_style, "t", "u")}
            | {"kl_base": base, "kl_superficial": student, "target_rank": 1}
        ).assign(source=lambda rows: np.where(is_shifted, "x", rows["target"]))

    def depth_scores(self, curve: str) -> pd.DataFrame:
        side = curve.rpartition("-")[2]
        named = dict.fromkeys(name.partition(" deep ")[2] for name in GOOD if " deep " in name)
        points = [point for point in named if point.startswith("bottom") == (side == "bottom")]
        parts = []
        for point in points:
            for benchmark, what in zip(TRACED, ("gsm", "truthfulqa", "harm", "toxigen"), strict=True):
                share = round(self.knobs[f"{what} deep {point}"], 6)
                shares = (share, 0.0) if what == "harm" else (share,)
                parts.append(_rows(benchmark, shares, 0.0).assign(benchmark=benchmark, point=point))
        return pd.concat(parts)

    def depth_positions(self, curve: str) -> pd.DataFrame:
        point, rows = f"top {BLOCKS // 2}", np.arange(60)
        kl = self.knobs[f"kl deep {point}"] + 0.01 * (rows // 3 % 3 - 1)
        return pd.DataFrame({"point": point, "prompt": rows // 3, "position": rows % 3, "kl_superficial": kl})

    def style_tokens(self, world: str) -> set[str]:
        return {"t"}

    def sweep_accuracy(self) -> pd.DataFrame:
        rows = [
            {"model": model, "k": k, "prompt": prompt, "size": 100}
            | {"sum": round(100 * self.knobs[f"accuracy {model} k={k}"] + 8 * np.sin(prompt // 2 + k))}
            for model in ("small", "large")
            for k in KS
            for prompt in range(60)
        ]
        return pd.DataFrame(rows)

    def sweep_overlap(self) -> pd.DataFrame:
        rows = [
            {"sample": sample, "k": k, "overlap": self.knobs[f"overlap k={k}"] + 0.02 * np.sin(sample // 2 + k)}
            for sample in range(8)
            for k in KS
        ]
        return pd.DataFrame(rows)
