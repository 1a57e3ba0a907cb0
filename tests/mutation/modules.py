"""The modules whose mutants must be found, and the few tests that are run for each."""

from repro.engine.paths import ROOT

_LIBRARY = "src/superficial"
# Files and folders of modules, and files and folders of tests.
_TESTS = {
    f"{_LIBRARY}/measures": ["tests/measures"],
    f"{_LIBRARY}/published": ["tests/published"],
    f"{_LIBRARY}/reporting/claims": ["tests/reporting/claims"],
    f"{_LIBRARY}/reporting/tables": ["tests/reporting/tables"],
    f"{_LIBRARY}/lab/oracle.py": ["tests/lab/test_oracle.py"],
    f"{_LIBRARY}/lab/corpus.py": ["tests/lab/test_corpus.py"],
    f"{_LIBRARY}/distillation": ["tests/distillation"],
    f"{_LIBRARY}/distillation/objective.py": [
        "tests/distillation/test_objective.py",
        "tests/distillation/test_solver.py",
    ],
    f"{_LIBRARY}/distillation/residual.py": [
        "tests/distillation/test_residual.py",
        "tests/distillation/test_authors.py",
    ],
    f"{_LIBRARY}/distillation/teacher.py": ["tests/distillation/test_objective.py"],
    f"{_LIBRARY}/distillation/occurring_tokens.py": ["tests/distillation/test_black_box.py"],
    f"{_LIBRARY}/distillation/joined.py": ["tests/distillation/test_black_box.py", "tests/distillation/test_joined.py"],
    f"{_LIBRARY}/traces": ["tests/traces"],
    f"{_LIBRARY}/models/generation.py": [
        "tests/models/test_generation.py",
        "tests/models/test_generation_settings.py",
        "tests/models/test_states.py",
    ],
    f"{_LIBRARY}/heads": ["tests/heads"],
    f"{_LIBRARY}/sources/splits.py": ["tests/sources/test_splits.py"],
    f"{_LIBRARY}/heads/loading.py": ["tests/heads/test_loading.py", "tests/heads/test_restriction.py"],
    **{
        f"repro/stages/{name}.py": ["tests/repro/stages/test_arguments.py"]
        for name in ("distil", "evaluate", "score", "sweep", "traces")
    },
}
# After the test file of a module's own name, and before the other tests of its place.
_FURTHER = {
    f"{_LIBRARY}/traces": ["tests/distillation/test_heads.py"],
    f"{_LIBRARY}/reporting/claims": ["tests/reporting/claims/test_cases.py"],
    f"{_LIBRARY}/reporting/tables": [
        "tests/reporting/tables/test_registry.py",
        *(f"tests/reporting/test_{name}.py" for name in ("depth", "draws")),
    ],
}
# Rules that every module keeps.
_EVERYWHERE = ["tests/test_frozen.py"]


def modules_with_tests() -> dict[str, list[str]]:
    """Return the tests of each module: its own test file comes first and finds most faults, then those of its place."""
    found: dict[str, list[str]] = {}
    for place, tests in _TESTS.items():
        path = ROOT / place
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if module.name == "__init__.py":
                continue
            name = module.relative_to(ROOT).as_posix()
            own = [f"{one}/test_{module.stem}.py" for one in tests if (ROOT / one / f"test_{module.stem}.py").is_file()]
            found[name] = list(dict.fromkeys([*own, *_FURTHER.get(place, []), *_EVERYWHERE, *tests]))
    return found
