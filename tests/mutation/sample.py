"""Samples mutants of modules, made by the operators of cosmic-ray."""

import ast
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from tests.mutation.modules import modules_with_tests
from tests.mutation.texts import read

# Of the many replacements of arithmetic operators those that a person might write; the others only crash.
_ARITHMETIC = {
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Div_FloorDiv", "FloorDiv_Div", "Mod_FloorDiv", "Pow_Mul"),
    *("BitAnd_BitOr", "BitOr_BitAnd"),
}


@dataclass(frozen=True, order=True)
class Place:
    """A place in a module that can be changed, by one or more operators."""

    file: str
    line: int
    column: int


def places(file: str) -> dict[Place, list[tuple[str, int]]]:
    """Return the places of a module, each with its operators and the how-manieth of an operator's places it is."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    found: dict[Place, list[tuple[str, int]]] = {}
    nodes = list(ast_nodes(get_ast(read(file))))
    for name in operator_names():
        short = name.rpartition("/")[2]
        if short.startswith("ReplaceBinaryOperator") and short.partition("_")[2] not in _ARITHMETIC:
            continue
        kind = get_operator(name)
        if kind.arguments():
            continue
        operator = kind()
        begins = [begin for node in nodes for begin, _ in operator.mutation_positions(node)]
        for occurrence, (line, column) in enumerate(begins):
            found.setdefault(Place(file, line, column), []).append((name, occurrence))
    return found


def mutant(place: Place, operator: str, occurrence: int) -> dict[str, Any] | None:
    """Return a mutant; None if it has no syntax, or only changes annotations or docstrings."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    text = read(place.file)
    mutated = mutate_code(text, get_operator(operator)(), occurrence)
    if mutated is None or _meaning(mutated) in (_meaning(text), None):
        return None
    was = text.splitlines()[place.line - 1].strip()
    return asdict(place) | {"operator": operator.rpartition("/")[2], "was": was, "mutated": mutated}


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
    """Return mutants of modules whose name begins with `within`, at most one for each place in a module.

    Only those that are drawn are made, since that takes longer than finding all places.
    """
    tests = {file: tests for file, tests in modules_with_tests().items() if file.startswith(within)}
    by_place = {place: operators for file in tests for place, operators in places(file).items()}
    draw = random.Random(seed)

    def drawn() -> Iterator[dict[str, Any]]:
        for place in draw.sample(sorted(by_place), len(by_place)):
            operators = draw.sample(by_place[place], len(by_place[place]))
            made = next(filter(None, (mutant(place, *operator) for operator in operators)), None)
            if made:
                yield made | {"tests": tests[place.file]}

    return sorted(islice(drawn(), count), key=lambda one: (one["file"], one["line"]))
