"""Tasks for those who change the code."""

import subprocess
import sys

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
