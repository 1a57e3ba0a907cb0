"""Claims of our own: on the depth of alignment, and on neighbouring methods."""

from __future__ import annotations

from superficial.config import Profile
from superficial.config.neighbours import Prefill, Proxy
from superficial.depth_points import BASE, EVERYTHING, point_name
from superficial.measures.intervals import mean_difference
from superficial.measures.kl import mean_by_part
from superficial.measures.recovery import recovered_share
from superficial.measures.scores import FOUR_RATES, MEASURES, estimate
from superficial.published.claims import Claim
from superficial.reporting import depth
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.claims.differences import difference, improvement
from superficial.reporting.recovery import ALL_FOUR, scores_towards_better
from superficial.reporting.results import Results


def _one_block_adds_little(results: Results, claim: Claim) -> list[Condition]:
    if results.profile.depth is None:
        return []
    scores = _top_scores(results)
    rise = depth.share_difference(scores, point_name("top", 1), point_name("top", 0), ALL_FOUR)
    return [
        *_alignment_helps(scores, FOUR_RATES, claim),
        Condition("recovered share of all four, top 1 minus top 0", rise, below=claim.tolerance_for("rise")),
    ]


def _math_needs_the_lower_half(results: Results, claim: Claim) -> list[Condition]:
    if results.profile.depth is None:
        return []
    scores = _top_scores(results)
    count = depth.block_count(scores)
    whole, half = point_name("top", count), point_name("top", count // 2)
    lead = depth.share_difference(scores, whole, half, "gsm")
    positions = results.depth_positions(next(iter(results.profile.depth.curves())))
    # Where the upper half has everything that alignment changed, the lower half cannot add to it.
    left = mean_by_part(positions[positions["point"] == half], seed=0)["all"]
    return [
        *_alignment_helps(scores, ("gsm",), claim),
        Condition(f"KL left at {half}, nats", left, above=0, is_premise=True),
        Condition(f"GSM, recovered share, {whole} minus {half}", lead, above=claim.tolerance_for("least")),
    ]


def _top_scores(results: Results) -> depth.Scores:
    assert results.profile.depth is not None, "the profile studies depth"
    return depth.curve_scores(results, next(iter(results.profile.depth.curves())))


def _alignment_helps(scores: depth.Scores, measures: tuple[str, ...], claim: Claim) -> list[Condition]:
    """Return the premises that the aligned model of a depth curve is better than its base in each rate."""
    return [
        Condition(
            f"{MEASURES[measure].label}, aligned model better than base",
            mean_difference(
                depth.towards_better(scores[EVERYTHING], measure), depth.towards_better(scores[BASE], measure), seed=0
            ),
            above=claim.tolerance_for("gap"),
            is_premise=True,
        )
        for measure in measures
    ]


def _black_box_reaches_proxy_tuning(results: Results, claim: Claim) -> list[Condition]:
    comparison, proxy = results.profile.transfer_comparison, _proxy_of_transfer(results.profile)
    if comparison is None or proxy is None:
        return []
    variants = results.profile.recovery[comparison][0]
    base, steered, student = (
        [scores_towards_better(results, variant, measure) for measure in FOUR_RATES]
        for variant in (variants.base, proxy, variants.student)
    )
    share = recovered_share(base, steered, student, seed=0)
    return [
        *(
            improvement(results, measure, proxy, variants.base, above=claim.tolerance_for("gap"), is_premise=True)
            for measure in FOUR_RATES
        ),
        Condition(f"gain of {variants.student} over that of {proxy}", share, above=claim.tolerance_for("least")),
    ]


def _proxy_of_transfer(profile: Profile) -> str | None:
    """Return the variant in which proxy tuning steers the base that the black-box head is transferred to."""
    if profile.transfer_comparison is None:
        return None
    base = profile.variants[profile.recovery[profile.transfer_comparison][0].base]
    named = [
        name
        for name, one in profile.variants.items()
        if isinstance(one.neighbour, Proxy) and (one.model, one.prompt_format) == (base.model, base.prompt_format)
    ]
    return named[0] if named else None


def _compliance_undoes_refusals(results: Results, claim: Claim) -> list[Condition]:
    conditions = []
    for one in results.profile.recovery[results.profile.main_comparison]:
        prefilled = _prefilled(results.profile, one.aligned, one.base, int(claim.tolerance_for("tokens")))
        if prefilled is None:
            continue
        harmless, least = claim.tolerance_for("harmless"), claim.tolerance_for("least")
        harm = estimate(results.scores(one.aligned), "harm_rate")
        conditions += [
            Condition(f"HarmRate of {one.aligned}", harm, below=harmless, is_premise=True),
            difference(results, "harm_rate", [(one.base, one.aligned)], above=least, is_premise=True),
            difference(results, "harm_rate", [(prefilled, one.aligned)], above=least),
        ]
    return conditions


def _prefilled(profile: Profile, aligned: str, base: str, tokens: int) -> str | None:
    """Return the variant in which the aligned model goes on from so many tokens of its base's response."""
    wanted = (profile.variants[aligned].model, profile.variants[base].model, tokens)
    for name, one in profile.variants.items():
        if isinstance(one.neighbour, Prefill) and (one.model, one.neighbour.writer, one.neighbour.tokens) == wanted:
            return name
    return None


CLAIMS = {
    "D1": ClaimTest(_one_block_adds_little),
    "D2": ClaimTest(_math_needs_the_lower_half),
    "D3": ClaimTest(_black_box_reaches_proxy_tuning),
    "D4": ClaimTest(_compliance_undoes_refusals),
}
