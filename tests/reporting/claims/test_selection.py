"""Which variants a claim compares, in whatever order a profile lists them, and which positions it counts."""

import pandas as pd
import pytest

from superficial.config import Comparison
from superficial.reporting.claims.registry import CLAIMS, guarding_conditions
from tests.reporting.claims.worlds import LAB, PROMPTS, TRACED, Planted


def names(claim: str, **changes) -> list[str]:
    """Return the names of a claim's conditions and guards, with other settings of the profile."""
    results = Planted()
    results.profile = LAB.model_copy(update=changes)
    test, stated = CLAIMS[claim], results.claims[claim]
    conditions = test.conditions(results, stated)
    return [one.what for one in conditions + (guarding_conditions(results, test, stated) if conditions else [])]


@pytest.mark.parametrize("claim", ["C8", "D3", "D5"])
def test_of_a_transfer_comparison_with_several_pairs_the_first_is_tested(claim):
    pairs = [*LAB.recovery["transfer"], Comparison(base="Small", aligned="Small-Chat", student="Small+Superficial")]
    assert names(claim, recovery=LAB.recovery | {"transfer": pairs}) == names(claim)


def test_proxy_tuning_of_the_transfers_base_itself_is_compared_and_of_several_variants_the_first():
    proxy = LAB.variants["Large+proxy"]
    chat, deep = proxy.model_copy(update={"prompt_format": "chat"}), proxy.model_copy(update={"model": "deep"})
    others = {"Small-Chat-Attacked+proxy": LAB.variants["Small-Chat-Attacked+proxy"], "chat": chat, "deep": deep}
    assert names("D3", variants=others | LAB.variants | {"another": proxy}) == names("D3")
    without = {name: one for name, one in LAB.variants.items() if one.neighbour is None}
    assert names("D3", variants=without) == []


def test_the_prefilled_variant_is_found_by_its_models_and_tokens():
    recovery = LAB.recovery | {LAB.main_comparison: LAB.recovery[LAB.main_comparison][::-1]}
    assert names("D4", variants=dict(reversed(LAB.variants.items())), recovery=recovery) == names("D4")


def test_the_claims_of_several_bases_need_their_head_and_a_transfer():
    assert names("D5", several_bases=None) == names("D6", several_bases=None) == []
    assert names("D5", transfer_comparison=None) == []


def test_the_undone_attack_is_the_one_on_the_restored_variants_model():
    restored, (first, second, third) = LAB.several_bases.restored, LAB.attacks
    model = LAB.variants[second.attacked].model
    variants = LAB.variants | {restored: LAB.variants[restored].model_copy(update={"model": model})}
    harmed, *_ = names("D6", variants=variants, attacks=[third, first, second])
    assert harmed == f"HarmRate, {second.attacked} minus {second.before}"


def test_benchmarks_are_those_of_the_pair_whose_positions_are_measured():
    class Few(Planted):
        def positions(self, head):
            rows = super().positions(head)
            return rows[rows["prompt"] % PROMPTS < 4]

    results = Few()
    another = LAB.variants["Large-Chat"].model_copy(update={"benchmarks": ["gsm"]})
    results.profile = LAB.model_copy(update={"variants": LAB.variants | {"Large-Chat": another}})
    named = [one.what.partition(": ")[0] for one in CLAIMS["C5"].conditions(results, results.claims["C5"])]
    assert set(TRACED) <= set(named)


def test_shares_of_stylistic_targets_are_counted_at_shift_tokens_whichever_way_they_shift():
    """Of three shift tokens two have the stylistic target t, of four unshifted positions one has it."""

    class Few(Planted):
        def positions(self, head):
            return pd.DataFrame({"prompt": [0, 0, 0, 0, 1, 1, 1], "source": list("axxtuuu"), "target": list("ttutuuu")})

    results = Few()
    conditions = CLAIMS["C6"].conditions(results, results.claims["C6"])
    assert [one.estimate.value for one in conditions[:2]] == pytest.approx([2 / 3 - 1 / 4, 2 / 3])
