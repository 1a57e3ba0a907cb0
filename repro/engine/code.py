"""Which files of the repository a stage's result depends on: what its module imports, and what those modules import.

The imports are read from the source, so nothing is loaded. Imports for type checkers are left out: they do not run.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from repro.engine.paths import ROOT
from superficial.files import sha256

# Where each top-level package of the repository lies.
PACKAGES = {"superficial": ROOT / "src", "repro": ROOT}


def module_file(module: str) -> Path | None:
    """Return the file of a module of this repository; None for any other, and for a folder without code of its own."""
    parts = module.split(".")
    if parts[0] not in PACKAGES:
        return None
    place = PACKAGES[parts[0]].joinpath(*parts)
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file():
            return file
    return None


@cache
def code_files(*modules: str) -> tuple[Path, ...]:
    """Return the files of modules, of the packages around them, and of everything they import, sorted.

    Raises:
        ValueError: where there is no module of a name.
    """
    missing = [module for module in modules if module_file(module) is None]
    if missing:
        raise ValueError(f"There is no module {missing[0]} in this repository.")
    imported: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in imported:
            imported.add(module)
            waiting += _imports(module)
    return tuple(sorted({file for module in imported if (file := module_file(module))}))


@cache
def digest(files: tuple[Path, ...]) -> str:
    """Return one SHA-256 for the content of files of the repository; where the repository lies does not matter."""
    hashes = {file.relative_to(ROOT).as_posix(): sha256(file) for file in files}
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


@cache
def _imports(module: str) -> tuple[str, ...]:
    """Return the modules of this repository that importing a module runs."""
    file = module_file(module)
    if file is None:
        return ()
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    source = ast.parse(file.read_text(encoding="utf-8"))
    names = {module, *(name for statement in _statements(source) for name in _named(statement, package))}
    around = {name[:end] for name in names for end, sign in enumerate(name) if sign == "."}
    return tuple(sorted(name for name in names | around if name.split(".")[0] in PACKAGES and name != module))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements below one, without the bodies of `if TYPE_CHECKING`."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        if block == "body" and isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        for child in getattr(node, block, ()):
            yield child
            yield from _statements(child)


def _named(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        source = ".".join([*base, *filter(None, [node.module])])
        yield source
        # A name that is imported from a package may be a module of it.
        yield from (name for alias in node.names if module_file(name := f"{source}.{alias.name}"))
