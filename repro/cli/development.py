"""Tasks for those who change the code."""

import subprocess
import sys
from importlib.util import find_spec

from invoke import Context, Exit, task

from repro.cli.common import say_next
from repro.engine.paths import ROOT


@task
def test(c: Context) -> None:
    """Run the tests, which include the whole workflow at toy size."""
    _run_module("pytest", "-q")
    say_next(("invoke lint", "check format, style and types"))


@task
def lint(c: Context) -> None:
    """Check formatting, style and types."""
    for command in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)):
        _run_module(*command)
    say_next(("invoke test", "run the tests"))


@task(
    help={
        "count": "how many mutants",
        "seed": "of the sample",
        "module": "only modules whose path begins like this, such as src/superficial/measures",
    }
)
def mutate(c: Context, count: int = 100, seed: int = 0, module: str = "") -> None:
    """Change the code in small ways, one at a time, and list the changes that no test notices."""
    if find_spec("cosmic_ray") is None:
        raise Exit("invoke mutate needs cosmic-ray: pip install -e '.[mutation]'.", code=2)
    from tests.mutation.equivalent import EQUIVALENT
    from tests.mutation.run import failures_without_a_fault, outcomes
    from tests.mutation.sample import sample

    mutants = sample(count, seed, module)
    if not mutants:
        raise Exit(f"No module with mutants begins with {module!r}: see tests/mutation/modules.py.", code=2)
    if failing := failures_without_a_fault(mutants):
        raise Exit(f"Without a mutant these tests fail already: {', '.join(failing)}.", code=1)
    counts = {"found": 0, "equivalent": 0, "not found": 0}
    for mutant in outcomes(mutants):
        is_equivalent = (mutant["file"], mutant["was"], mutant["operator"]) in EQUIVALENT
        outcome = "found" if mutant["found"] else "equivalent" if is_equivalent else "not found"
        counts[outcome] += 1
        print(f"{outcome:>10}  {mutant['file']}:{mutant['line']}  {mutant['operator']}  {mutant['was']}", flush=True)
    print(f"{len(mutants)} mutants: " + ", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    say_next(("invoke test", "run the tests"))


@task
def docs(c: Context) -> None:
    """Regenerate the pages made from code or records: repro/README.md, bench/RESULTS.md, docs/PAPER_RUN.md."""
    from bench.results import FOLDER, RESULTS, results_page
    from repro.engine import paper_run
    from repro.engine.describe import README, readme

    pages = ((README, readme()), (RESULTS, results_page(FOLDER)), (paper_run.PAGE, paper_run.page()))
    for file, text in pages:
        file.write_text(text, encoding="utf-8")
        print(file)
    say_next(("git diff", "what has changed in these pages"))


def _run_module(*arguments: str) -> None:
    # Without a shell, the path of the repository may contain any character.
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=False)
    if done.returncode:
        raise Exit("", code=done.returncode)
