"""The modules that a judge is made from are those that the workflow declares."""

import subprocess
import sys

import pytest

from repro.engine.code import code_files, module_file
from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.judges.kinds import judge_modules, module_of

# Makes a judge that needs no checkpoint, and prints the modules of this package that are loaded by then.
MAKE = """
import sys
from pathlib import Path
from superficial.config.judges import FunctionJudge
from superficial.judges.scoring import make_judge
make_judge(FunctionJudge(kind="function", function=sys.argv[1]), Path(), None)
print(*(name for name in sys.modules if name.split(".")[0] == "superficial"), "torch" in sys.modules)
"""


def profile_judges():
    judges = {}
    for name in ("paper", "lab"):
        judges |= load_profile(ROOT / "repro" / "profiles" / f"{name}.yaml").all_judges()
    return list(judges.values())


@pytest.mark.parametrize("settings", profile_judges(), ids=lambda settings: settings.kind)
def test_every_judge_of_the_profiles_has_modules(settings):
    assert all(module_file(module) for module in judge_modules(settings))
    assert judge_modules(settings)[0] == module_of(settings)
    assert code_files(*judge_modules(settings))


def test_making_a_function_judge_loads_what_is_declared_and_no_torch():
    function = "superficial.lab.oracle:judge"
    command = [sys.executable, "-c", MAKE, function]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    *loaded, torch = done.stdout.split()
    assert torch == "False"
    settings = next(judge for judge in profile_judges() if getattr(judge, "function", "") == function)
    declared = code_files("superficial.judges.scoring", *judge_modules(settings))
    assert {module_file(module) for module in loaded} <= set(declared)
    assert module_file("superficial.lab.oracle") in declared
