"""Mutants and planted faults are what they say, without running a test on them."""

import ast

import pytest

from repro.engine.paths import ROOT
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.faults import FAULTS
from tests.mutation.modules import modules_with_tests


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_planted_fault_is_a_change_of_one_place_that_still_compiles(fault):
    planted = fault.planted()
    ast.parse(planted["mutated"])
    assert fault.old not in planted["mutated"] or fault.old in fault.new
    for name in planted["tests"]:
        assert (ROOT / name.partition("::")[0]).exists()


def test_every_mutated_module_has_tests():
    for module, tests in modules_with_tests().items():
        assert (ROOT / module).is_file()
        assert tests and all((ROOT / name).exists() for name in tests)


def test_a_mutant_that_changes_nothing_is_of_a_line_that_is_still_there():
    modules = modules_with_tests()
    for file, line, _ in EQUIVALENT:
        assert file in modules
        assert line in map(str.strip, (ROOT / file).read_text(encoding="utf-8").splitlines()), (file, line)


def test_mutants_differ_in_meaning_and_the_sample_is_fixed():
    pytest.importorskip("cosmic_ray", reason="mutants need cosmic-ray: pip install '.[mutation]'")
    from tests.mutation.sample import sample

    within = "src/superficial/measures/halves.py"
    first = sample(3, 0, within)
    assert first == sample(3, 0, within) and len(first) == 3
    original = (ROOT / within).read_text(encoding="utf-8")
    for mutant in first:
        assert ast.dump(ast.parse(mutant["mutated"])) != ast.dump(ast.parse(original))
        assert mutant["tests"] == ["tests/measures/test_halves.py", "tests/test_frozen.py", "tests/measures"]
