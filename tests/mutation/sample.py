"""Samples mutants of modules, made by the operators of cosmic-ray."""

import ast
import random
from typing import Any

from tests.mutation.modules import modules_with_tests
from tests.mutation.texts import read

# Of the many replacements of arithmetic operators those that a person might write; the others only crash.
_ARITHMETIC = {
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Div_FloorDiv", "FloorDiv_Div", "Mod_FloorDiv", "Pow_Mul"),
    *("BitAnd_BitOr", "BitOr_BitAnd"),
}


def mutants(file: str, tests: list[str]) -> list[dict[str, Any]]:
    """Return all mutants of a module, except those that only change annotations or docstrings."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    text = read(file)
    original, tree, found = _meaning(text), get_ast(text), []
    for name in operator_names():
        short = name.rpartition("/")[2]
        if short.startswith("ReplaceBinaryOperator") and short.partition("_")[2] not in _ARITHMETIC:
            continue
        kind = get_operator(name)
        if kind.arguments():
            continue
        places = [begin for node in ast_nodes(tree) for begin, _ in kind().mutation_positions(node)]
        for occurrence, (line, column) in enumerate(places):
            mutated = mutate_code(text, kind(), occurrence)
            if mutated is not None and _meaning(mutated) not in (original, None):
                place = {"file": file, "line": line, "column": column, "operator": short, "tests": tests}
                found.append(place | {"was": text.splitlines()[line - 1].strip(), "mutated": mutated})
    return found


def _meaning(text: str) -> str | None:
    """Return the syntax tree of a module without annotations and docstrings; None if it has no syntax."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(None)
        if isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.dump(tree)


def sample(count: int, seed: int, within: str = "") -> list[dict[str, Any]]:
    """Return mutants of modules whose name begins with `within`, at most one for each place in a module."""
    by_place: dict[tuple, list[dict[str, Any]]] = {}
    for file, tests in modules_with_tests().items():
        if file.startswith(within):
            for mutant in mutants(file, tests):
                by_place.setdefault((file, mutant["line"], mutant["column"]), []).append(mutant)
    draw = random.Random(seed)
    places = draw.sample(sorted(by_place), min(count, len(by_place)))
    return sorted((draw.choice(by_place[place]) for place in places), key=lambda one: (one["file"], one["line"]))
