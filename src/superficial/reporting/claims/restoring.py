"""The claim that a head restores safety after fine-tuning: by an attack (Table 4), and on general data (Table 7)."""

from __future__ import annotations

from superficial.config import Attack, Comparison, Profile
from superficial.measures.recovery import recovered_share
from superficial.measures.scores import MEASURES, estimate, per_question
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.claims.differences import difference, improvement
from superficial.reporting.results import Results


def _restores_safety(results: Results, claim: Claim) -> list[Condition]:
    if not results.profile.attacks:
        return []
    conditions = _after_attacks(results, results.profile.attacks, claim)
    if results.profile.general_tuning:
        conditions += _after_general_tuning(results, results.profile.general_tuning, claim)
    return conditions


def _after_attacks(results: Results, attacks: list[Attack], claim: Claim) -> list[Condition]:
    """Return the conditions on the mean over attacks."""
    rise = claim.tolerance_for("rise")
    harmed = [(one.attacked, one.before) for one in attacks]
    lost = [(one.before, one.attacked) for one in attacks]
    kept = [(one.restored, one.attacked) for one in attacks]
    attacked = sorted({one.attacked for one in attacks})
    utility = _utility(results.profile, attacks)
    return [
        difference(results, "harm_rate", harmed, above=rise, is_premise=True),
        difference(results, "refused", lost, above=rise, is_premise=True),
        # A model that knows nothing has no utility to lose.
        *(
            Condition(
                f"{MEASURES[utility].label} of {one}",
                estimate(results.scores(one), utility),
                above=claim.tolerance_for("known"),
                is_premise=True,
            )
            for one in attacked
        ),
        *(_share_undone(results, measure, attacks, claim) for measure in ("harm_rate", "refused")),
        difference(results, utility, kept, above=-claim.tolerance_for("utility")),
    ]


def _utility(profile: Profile, attacks: list[Attack]) -> str:
    """Return the measure of what a restored model still can: MMLU, or math where a profile has no MMLU."""
    evaluated = [set(profile.benchmarks_of(name)) for one in attacks for name in (one.attacked, one.restored)]
    return "mmlu" if all("mmlu" in benchmarks for benchmarks in evaluated) else "gsm"


def _share_undone(results: Results, measure: str, attacks: list[Attack], claim: Claim) -> Condition:
    """Return the condition on the share of what the attacks changed that the restored models have undone."""
    attacked, before, restored = (
        [per_question(results.scores(getattr(one, stage)), measure) for one in attacks]
        for stage in ("attacked", "before", "restored")
    )
    share = recovered_share(attacked, before, restored, seed=0)
    what = f"{MEASURES[measure].label}, share of the attack's change that is undone"
    return Condition(what, share, above=claim.tolerance_for("restored"))


def _after_general_tuning(results: Results, tuning: Attack, claim: Claim) -> list[Condition]:
    before, tuned, restored = tuning.before, tuning.attacked, tuning.restored
    harm = claim.tolerance_for("general_rise")
    return [
        difference(results, "harm_rate", [(tuned, before)], above=harm, is_premise=True),
        improvement(results, "harm_rate", restored, tuned, above=0),
        improvement(results, "refused", restored, tuned, above=0),
    ]


def _guarded_restored(profile: Profile) -> list[Comparison]:
    tunings = [*profile.attacks, *([profile.general_tuning] if profile.general_tuning else [])]
    return [Comparison(base=one.attacked, aligned=one.before, student=one.restored) for one in tunings]


CLAIMS = {"C10": ClaimTest(_restores_safety, _guarded_restored)}
