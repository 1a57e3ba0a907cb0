"""Claims on where alignment changes tokens (Figures 1 and 2)."""

from __future__ import annotations

from superficial.measures import kl
from superficial.measures.intervals import ratio
from superficial.measures.shift import shift_tokens
from superficial.published.claims import Claim
from superficial.reporting.claims.condition import ClaimTest, Condition
from superficial.reporting.results import Results


def _is_front_loaded(results: Results, claim: Claim) -> list[Condition]:
    positions = results.positions(results.student_head(results.profile.main_comparison))
    summary = kl.summary(positions, seed=0)
    return [
        Condition("base KL, first ten minus later positions (nats)", summary["front_loading"], above=0),
        Condition("fall of KL over the first ten positions", summary["first_fall"], above=claim.tolerance_for("fall")),
    ]


def _is_mostly_stylistic(results: Results, claim: Claim) -> list[Condition]:
    profile = results.profile
    head = results.student_head(profile.main_comparison)
    style = results.style_tokens(profile.world_of(profile.pairs[profile.pair_of_head(head)].base))
    shifted = shift_tokens(results.positions(head))
    by_prompt = shifted["target"].isin(style).groupby(shifted["prompt"]).agg(["sum", "size"])
    share = ratio(by_prompt["sum"].to_numpy(), by_prompt["size"].to_numpy(), seed=0)
    return [Condition("share of stylistic target tokens", share, above=claim.tolerance_for("share"))]


CLAIMS = {
    "C5": ClaimTest(_is_front_loaded),
    "C6": ClaimTest(_is_mostly_stylistic),
}
