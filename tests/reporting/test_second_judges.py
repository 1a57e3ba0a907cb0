"""The measures that a second judge scores as well."""

from superficial.reporting.second_judges import measures_with_second_judge
from tests.reporting.means import CENTRAL


def test_rates_of_benchmarks_with_a_second_judge_count_and_means_do_not():
    assert {name for name, settings in CENTRAL.benchmarks.items() if settings.second_judge} == {
        "advbench",
        "over_refusal",
    }
    assert measures_with_second_judge(CENTRAL) == ["harm_rate", "refused", "complied", "neither", "over_refusal"]
