"""Faults planted by hand are found, and 95 of 100 mutants that are not equivalent."""

import pytest

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.faults import FAULTS
from tests.mutation.run import failures_without_a_fault, outcomes
from tests.mutation.sample import sample

pytestmark = pytest.mark.slow


def test_the_tests_pass_on_unchanged_modules():
    assert failures_without_a_fault([fault.planted() for fault in FAULTS]) == []


def test_every_planted_fault_is_found():
    assert not [one["what"] for one in outcomes([fault.planted() for fault in FAULTS]) if not one["found"]]


def test_ninety_five_of_a_hundred_mutants_are_found():
    pytest.importorskip("cosmic_ray", reason="mutants need cosmic-ray: pip install '.[mutation]'")
    mutants = [one for one in sample(100, seed=0) if (one["file"], one["was"], one["operator"]) not in EQUIVALENT]
    assert failures_without_a_fault(mutants) == []
    survivors = [one for one in outcomes(mutants) if not one["found"]]
    assert len(survivors) <= 0.05 * len(mutants), survivors
