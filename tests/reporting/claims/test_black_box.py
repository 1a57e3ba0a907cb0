"""Claims on black-box heads, on planted results of the lab."""

import pytest

from superficial.reporting.claims.registry import check
from tests.reporting.means import LAB, plant_sweep, planted_means


@pytest.mark.parametrize(("restored", "share", "expected"), [(2, 2 / 3, "reproduced"), (1, 1 / 3, "not reproduced")])
def test_a_restoration_is_the_mean_over_attacks_and_guarded_in_each(tmp_path, restored, share, expected):
    planted = {attack.attacked: {"mmlu": 1} for attack in LAB.attacks}
    for number, attack in enumerate(LAB.attacks):
        harm = {"advbench": 1} if number < restored else {"over_refusal": 1}
        planted[attack.restored] = {"mmlu": 1} | harm
    claim = check(planted_means(tmp_path, planted, profile=LAB), "C10")
    assert claim["verdict"] == expected
    assert claim["measured"]["share of that rise that is taken back"] == pytest.approx(share, abs=1e-6)
    assert claim["guarded_verdict"] == "not reproduced"
    refused = {guard["what"]: guard["value"] for guard in claim["guards"] if "over-refusal" in guard["what"]}
    assert list(refused.values()) == [float(number >= restored) for number in range(3)]


def test_transfer_that_peaks_at_the_largest_k_or_a_falling_cover_rate_is_not_reproduced(lab, tmp_path):
    assert check(lab, "C9")["verdict"] == "reproduced"
    results = planted_means(tmp_path, profile=LAB)
    plant_sweep(tmp_path, [0.5, 0.8, 1.0], [0.9, 0.95, 0.97])
    assert check(results, "C9")["measured"]["transfer accuracy at k = 100 (its peak) minus at k = 100"] == 0
    assert check(results, "C9")["verdict"] == "not reproduced"
    plant_sweep(tmp_path, [0.5, 0.4, 1.0], [0.9, 0.95, 0.9])
    assert check(results, "C9")["measured"]["smallest step of the cover rate as k grows"] == pytest.approx(-0.1)
    assert check(results, "C9")["verdict"] == "not reproduced"
