"""One module per benchmark. To add a benchmark, add a module here and name it in a profile.

A module declares what the benchmark needs:

- `MEASURES`: what tables report of its scores, by name (`superficial.measures.measure`).
- `CLUSTERS`, if questions can be alike: the keys of a question's reference that name what it is about. Questions that
  agree in the first key that there is are one cluster for intervals. Lab and real questions may have different keys.
- `COLUMNS` and `read_question`: the columns of its rows, and a function from a row, the stem of its file and its
  position there to a question, or to None to skip the row. Lab benchmarks have neither: `superficial.lab` makes their
  questions.
- `judge`, if a function can score a response: from the benchmark's name, the response and the question's reference to
  a judgement. The profile refers to it as `superficial.benchmarks.NAME:judge`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def benchmark_names() -> list[str]:
    """Return the names of all benchmarks that have a module."""
    return [module.name for module in iter_modules(__path__)]


def benchmark_module(name: str) -> ModuleType:
    """Return the module of a benchmark."""
    return import_module(f"{__name__}.{name}")


def reader_names() -> list[str]:
    """Return the names of the benchmarks that can read questions from rows."""
    return [name for name in benchmark_names() if hasattr(benchmark_module(name), "read_question")]
