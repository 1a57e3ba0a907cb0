"""The tasks; `invoke --list` is the menu. Each is thin: parse, then start the workflow or call the library."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from invoke import Context, Exit, task

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

PROFILE = {"profile": "a file of repro/profiles, without its ending (default: lab)"}


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn a mistake of the user's into one sentence and a failure."""
    try:
        yield
    except (ValueError, FileNotFoundError) as error:
        raise Exit(str(error), code=2) from error


def _results(profile: str):
    from repro.reproduce import profile_file, results_folder
    from superficial.config import load_profile
    from superficial.reporting.results import Results

    return Results(results_folder(profile), load_profile(profile_file(profile)), ROOT / "paper")


@task(help=PROFILE | {"jobs": "steps at a time (default: all cores)", "dry_run": "only say what would run"})
def reproduce_all(c: Context, profile: str = "lab", jobs: int = 0, dry_run: bool = False) -> None:
    """Recompute every table, figure and claim; what is finished is kept, what was interrupted goes on."""
    from repro import reproduce

    with _one_sentence():
        jobs = jobs or reproduce.cores()
        reproduce.prepare(profile, jobs)
        if dry_run:
            steps = reproduce.plan(profile, jobs)
            print("\n".join(f"would run: {step}" for step in steps) or "nothing to do")
            return
        reproduce.run(profile, jobs)
    print(f"Everything is in {reproduce.results_folder(profile)}.\n")
    claims(c, profile)


@task(help=PROFILE | {"name": "1, table1, recovery, ...; an unknown one lists them all"})
def table(c: Context, name: str, profile: str = "lab") -> None:
    """Recompute one table from recorded results and print it."""
    from superficial.reporting.tables import make_table, write_table

    with _one_sentence():
        results = _results(profile)
        name = f"table{name}" if name.isdigit() else name
        made = make_table(results, name)
        write_table(made, results.folder / "tables", name)
        print((results.folder / "tables" / f"{name}.md").read_text(encoding="utf-8"))


@task(help=PROFILE | {"name": "2, fig2-kl-by-position, kl-by-position, ...; an unknown one lists them all"})
def figure(c: Context, name: str, profile: str = "lab") -> None:
    """Draw one figure again from recorded results."""
    from superficial.reporting.figures import FIGURES, write_figure

    with _one_sentence():
        results = _results(profile)
        named = {alias: full for full in FIGURES for alias in (full, full[3], full.split("-", 1)[1])}
        name = named.get(name, name)
        write_figure(results, name, results.folder / "figures")
        print(f"{results.folder / 'figures' / name}.pdf, .svg, .png and .csv")


@task(help=PROFILE | {"name": "C1, C2, ..."})
def claim(c: Context, name: str, profile: str = "lab") -> None:
    """Check one claim of the paper: statement, numbers, verdict, and where they come from."""
    from superficial.reporting.claims import check
    from superficial.reporting.show import claim_text

    with _one_sentence():
        results = _results(profile)
        print(claim_text(check(results, name.upper()), results.folder, profile))


@task(help=PROFILE)
def claims(c: Context, profile: str = "lab") -> None:
    """Check every claim of the paper and print the verdicts."""
    from superficial.reporting.claims import CLAIMS, check
    from superficial.reporting.show import print_claims

    with _one_sentence():
        results = _results(profile)
        print_claims([check(results, name) for name in CLAIMS], results.folder)


@task(help=PROFILE)
def report(c: Context, profile: str = "lab") -> None:
    """Build the page of a run, report/index.html, which opens from disk."""
    from superficial.reporting.page.build import write_report

    with _one_sentence():
        results = _results(profile)
        print(write_report(results, results.folder / "report"))


@task(help=PROFILE)
def doctor(c: Context, profile: str = "lab") -> None:
    """Check this machine for a profile: Python, packages, cores, memory, disk; say how to fix what is wrong."""
    from repro.doctor import examine

    with _one_sentence():
        if not examine(profile):
            raise Exit("", code=1)


@task(help=PROFILE)
def publish(c: Context, profile: str = "lab") -> None:
    """Copy a profile's figures to figures/ and its tables and claims to paper/generated/, to be committed."""
    from repro.reproduce import results_folder

    results = results_folder(profile)
    for source, patterns, target in (
        (results / "figures", ("*.pdf", "*.svg", "*.png", "*.csv"), ROOT / "figures"),
        (results / "tables", ("*.tex", "*.md", "*.csv"), ROOT / "paper" / "generated"),
        (results, ("claims.json",), ROOT / "paper" / "generated"),
    ):
        target.mkdir(parents=True, exist_ok=True)
        for path in (path for pattern in patterns for path in sorted(source.glob(pattern))):
            shutil.copyfile(path, target / path.name)
            print(target / path.name)


@task
def test(c: Context) -> None:
    """Run the tests, the whole workflow at toy size among them."""
    c.run(f"{sys.executable} -m pytest -q {ROOT / 'tests'}")


@task
def lint(c: Context) -> None:
    """Check format, style and types."""
    with c.cd(str(ROOT)):
        for command in ("ruff check .", "ruff format --check .", "mypy"):
            c.run(f"{sys.executable} -m {command}")


@task(help=PROFILE)
def clean(c: Context, profile: str = "lab") -> None:
    """Remove a profile's results."""
    from repro.reproduce import only_run, profile_file, results_folder
    from superficial.config import load_profile

    with _one_sentence():
        load_profile(profile_file(profile))
        folder = results_folder(profile)
        if folder.is_dir():
            with only_run(folder):
                shutil.rmtree(folder)
            print(f"removed {folder}")
