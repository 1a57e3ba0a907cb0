"""Which module implements each kind of judge.

`scoring` loads these modules by name, not by import: a stage then depends only on the judges that it uses, and scores
of a function do not wait for torch. `repro/workflow.py` declares the same modules as dependencies of its stages.
"""

from __future__ import annotations

from superficial.config.judges import ClassifierJudge, EndpointJudge, FunctionJudge, GenerativeJudge, Judge

_MODULES: dict[type, str] = {
    FunctionJudge: "superficial.judges.functions",
    ClassifierJudge: "superficial.judges.models",
    GenerativeJudge: "superficial.judges.models",
    EndpointJudge: "superficial.judges.endpoint",
}


def module_of(settings: Judge) -> str:
    """Return the module whose `make_judge` makes a judge of this kind."""
    return _MODULES[type(settings)]


def judge_modules(settings: Judge) -> list[str]:
    """Return all modules that are loaded by name when a judge is made."""
    function = [settings.function.split(":")[0]] if isinstance(settings, FunctionJudge) else []
    return [module_of(settings), *function]
