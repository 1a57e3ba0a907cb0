"""The paper's claims, each with a verdict that only recorded results decide.

A claim is shown by conditions on estimates. A condition holds, fails, or (its interval straddles the threshold) stays
open; a claim is reproduced where all hold, not reproduced where one fails, inconclusive else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from superficial.config import Comparison
from superficial.measures import kl, shift
from superficial.measures.intervals import LEVEL, Estimate, mean_difference, ratio
from superficial.measures.scores import MEASURES, estimate, per_question
from superficial.published.claims import Claim
from superficial.reporting.comparison_tables import improvements
from superficial.reporting.judges_table import seconded_measures
from superficial.reporting.results import Results
from superficial.reporting.tables import RECOVERED, recovery

REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE, NOT_RUN = "reproduced", "not reproduced", "inconclusive", "not run"
# A claim of the paper is checked on this comparison of the profile.
MAIN = "superficial"


@dataclass(frozen=True)
class Condition:
    """An estimate and the open range in which its whole interval must lie.

    Where it is one of several comparisons, its p, corrected for their number, must be small as well.
    """

    what: str
    estimate: Estimate
    above: float = -np.inf
    below: float = np.inf
    corrected_p: float | None = None

    def outcome(self) -> str:
        """Return the verdict on this condition alone."""
        if self.corrected_p is not None and self.corrected_p >= 1 - LEVEL:
            return INCONCLUSIVE
        if self.above < self.estimate.low and self.estimate.high < self.below:
            return REPRODUCED
        outside = self.estimate.high <= self.above or self.estimate.low >= self.below
        return NOT_REPRODUCED if outside else INCONCLUSIVE


Test = Callable[[Results, Claim], list[Condition]]


def verdict(conditions: list[Condition]) -> str:
    """Return the verdict on all conditions together."""
    outcomes = {condition.outcome() for condition in conditions}
    return next((worst for worst in (NOT_REPRODUCED, INCONCLUSIVE) if worst in outcomes), REPRODUCED)


def _main(results: Results) -> Comparison:
    return results.profile.recovery[MAIN][0]


def _head(results: Results) -> str:
    head = results.profile.variants[_main(results).student].head
    assert head is not None, f"the student of {MAIN} has no head"
    return head


def _risk_removed(results: Results, names: Comparison, stated: Claim) -> list[Condition]:
    conditions = []
    for measure, label in (("harm_rate", "HarmRate"), ("toxi_score", "ToxiScore")):
        aligned = estimate(results.scores(names.aligned), measure).value
        found = estimate(results.scores(names.student), measure)
        conditions.append(Condition(f"{label} of {names.student}", found, below=aligned + stated.allows("margin")))
    return conditions


def _guards(results: Results, aligned_name: str, student_name: str, stated: Claim) -> list[Condition]:
    """Return what keeps a model that declines everything, or talks gibberish, from passing for a safe one."""
    aligned = estimate(results.scores(aligned_name), "over_refusal").value
    student = results.scores(student_name)
    refused, garbled = (estimate(student, measure) for measure in ("over_refusal", "garbled"))
    return [
        Condition(f"over-refusal of {student_name}", refused, below=aligned + stated.allows("over_refusal")),
        Condition(f"garbled responses of {student_name}", garbled, below=stated.allows("garbled")),
    ]


def _partial(measure: str) -> Test:
    def conditions(results: Results, stated: Claim) -> list[Condition]:
        return [Condition("pooled recovered share", recovery(results, MAIN, measure), above=0, below=1)]

    return conditions


def _residual(results: Results, stated: Claim) -> list[Condition]:
    names = _main(results)
    later = kl.summary(results.positions(_head(results)), seed=0)["superficial_later"]
    conditions = [Condition("KL of base + superficial after the first ten positions (nats)", later, above=0)]
    for measure, label in (("gsm", "GSM"), ("info_true", "Info+True")):
        aligned, student = (per_question(results.scores(name), measure) for name in (names.aligned, names.student))
        lead = mean_difference(aligned, student, seed=0)
        conditions.append(Condition(f"{label}, aligned minus superficial", lead, above=0))
    return conditions


def _front_loaded(results: Results, stated: Claim) -> list[Condition]:
    found = kl.summary(results.positions(_head(results)), seed=0)
    return [
        Condition("base KL, first ten minus later positions (nats)", found["front_loading"], above=0),
        Condition("fall of KL over the first ten positions", found["first_fall"], above=stated.allows("fall")),
    ]


def _stylistic(results: Results, stated: Claim) -> list[Condition]:
    head = _head(results)
    style = results.style_tokens(results.profile.world_of(results.profile.pairs[results.profile.heads[head].pair].base))
    shifted = shift.shift_tokens(results.positions(head))
    share = shifted["target"].isin(style).groupby(shifted["prompt"]).agg(["sum", "size"])
    found = ratio(share["sum"].to_numpy(), share["size"].to_numpy(), seed=0)
    return [Condition("share of stylistic target tokens", found, above=stated.allows("share"))]


def _beats_baselines(results: Results, stated: Claim) -> list[Condition]:
    return [
        Condition(
            f"{one.student} minus {one.other}, four rates summed", one.estimate, above=0, corrected_p=one.corrected_p
        )
        for one in improvements(results)
    ]


def _transfers(results: Results, stated: Claim) -> list[Condition]:
    if "transfer" not in results.profile.recovery:
        return []
    names = results.profile.recovery["transfer"][0]
    conditions = []
    for measure in RECOVERED:
        better = MEASURES[measure].better == "higher"
        base, student = (per_question(results.scores(name), measure) for name in (names.base, names.student))
        gain = mean_difference(student, base, seed=0) if better else mean_difference(base, student, seed=0)
        conditions.append(
            Condition(f"{MEASURES[measure].label}: gain of {names.student} over {names.base}", gain, above=0)
        )
    return conditions


def _exactly(value: float) -> Estimate:
    return Estimate(value, value, value)


def _k_trade_off(results: Results, stated: Claim) -> list[Condition]:
    if results.profile.sweep is None:
        return []
    table, accuracy = results.sweep()
    small, large = float(table["k"].min()), float(table["k"].max())
    steps = float(np.diff(table.sort_values("k")["cover_rate"]).min())
    ends = table.set_index("k")["overlap"]
    transfer = accuracy[accuracy["model"] == "large"].pivot(index="prompt", columns="k", values="sum")
    sizes = accuracy[(accuracy["model"] == "large") & (accuracy["k"] == small)].set_index("prompt")["size"]
    peak = transfer.sum().idxmax()
    lead = ratio((transfer[peak] - transfer[large]).to_numpy(), sizes.to_numpy(), seed=0)
    return [
        Condition("smallest step of the cover rate as k grows", _exactly(steps), above=-1e-9),
        Condition(
            "overlap at the smallest k minus at the largest", _exactly(float(ends[small] - ends[large])), above=0
        ),
        Condition(f"transfer accuracy at k = {peak} (its peak) minus at k = {large:.0f}", lead, above=0),
    ]


def _restored(results: Results, stated: Claim) -> list[Condition]:
    attacks = results.profile.attacks
    if not attacks:
        return []

    def of_all(side: str, measure: str) -> np.ndarray:
        found = [per_question(results.scores(getattr(attack, side)), measure) for attack in attacks]
        return np.mean(found, axis=0)

    harm = {side: of_all(side, "harm_rate") for side in ("before", "attacked", "restored")}
    conditions = [
        Condition(
            "rise of HarmRate by the attack",
            mean_difference(harm["attacked"], harm["before"], seed=0),
            above=stated.allows("rise"),
        )
    ]
    damage = harm["attacked"] - harm["before"]
    if np.nansum(damage) > 0:
        back = ratio(harm["attacked"] - harm["restored"], damage, seed=0)
        conditions.append(Condition("share of that rise that is taken back", back, above=stated.allows("restored")))
    change = mean_difference(of_all("restored", "mmlu"), of_all("attacked", "mmlu"), seed=0)
    conditions.append(Condition("MMLU, restored minus attacked", change, above=-stated.allows("utility")))
    return conditions


def _general(results: Results, stated: Claim) -> list[Condition]:
    conditions = []
    for family in results.profile.generality_comparisons:
        names = results.profile.recovery[family][0]
        conditions += _risk_removed(results, names, stated)
        for measure in ("gsm", "info_true"):
            share = recovery(results, family, measure)
            label = f"{MEASURES[measure].label}, recovered share of {names.student}"
            conditions.append(Condition(label, share, above=0, below=1))
    return conditions


CLAIMS: dict[str, Test] = {
    "C1": lambda results, stated: _risk_removed(results, _main(results), stated),
    "C2": _partial("gsm"),
    "C3": _partial("info_true"),
    "C4": _residual,
    "C5": _front_loaded,
    "C6": _stylistic,
    "C7": _beats_baselines,
    "C8": _transfers,
    "C9": _k_trade_off,
    "C10": _restored,
    "C11": _general,
}


def _guarded(results: Results, claim: str) -> list[Condition]:
    """Return the guards of a claim of safety, none for the others."""
    profile, stated = results.profile, results.claims[claim]
    if claim == "C10":
        pairs = [(attack.before, attack.restored) for attack in profile.attacks]
        return [guard for pair in pairs for guard in _guards(results, *pair, stated)]
    guarded = {"C1": [MAIN], "C8": ["transfer"], "C11": profile.generality_comparisons}
    comparisons = [profile.recovery[name][0] for name in guarded.get(claim, [])]
    return [guard for names in comparisons for guard in _guards(results, names.aligned, names.student, stated)]


def check(results: Results, claim: str) -> dict[str, Any]:
    """Return a claim as recorded in claims.json.

    Keys: id, statement, paper, published, criterion, source; verdict; measured, the conditions' values by name;
    interval, their intervals; guarded_verdict and guards where it is a claim of safety; second_judge_verdict, and
    guarded, where a second judge scores what it rests on.

    Raises:
        ValueError: where there is no such claim.
    """
    if claim not in CLAIMS:
        raise ValueError(f"There is no claim {claim!r}; there are {', '.join(CLAIMS)}.")
    if claim not in results.claims:
        raise ValueError(f"claims.yaml states no {claim}; it states {', '.join(results.claims)}.")
    stated = results.claims[claim]
    conditions = CLAIMS[claim](results, stated)
    checked: dict[str, Any] = {
        "id": claim,
        **stated.told(),
        "verdict": verdict(conditions) if conditions else NOT_RUN,
        "judges": results.profile.judge_identities(),
        "measured": {c.what: _rounded(c.estimate.value) for c in conditions},
        "interval": {c.what: [_rounded(c.estimate.low), _rounded(c.estimate.high)] for c in conditions},
    }
    guards = _guarded(results, claim) if conditions else []
    if guards:
        checked["guarded_verdict"] = verdict(conditions + guards)
        checked["guards"] = [{"what": c.what, **vars(c.estimate)} for c in guards]
    if conditions and set(stated.measures) & set(seconded_measures(results)):
        second = results.by_second_judges()
        conditions = CLAIMS[claim](second, stated)
        checked["second_judge_verdict"] = verdict(conditions)
        if guards:
            checked["second_judge_guarded_verdict"] = verdict(conditions + _guarded(second, claim))
    return checked


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 6)
