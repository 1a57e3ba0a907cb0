"""Tasks that read what a run recorded, and the paper's own numbers."""

from invoke import Context, Exit, task

from repro.cli.common import PROFILE, ROOT, one_sentence, results_of


@task(help=PROFILE | {"name": "1, table1, recovery, ...; an unknown one lists them all"})
def table(c: Context, name: str, profile: str = "lab") -> None:
    """Recompute one table from recorded results and print it."""
    from superficial.reporting.table import write_table
    from superficial.reporting.tables import make_table

    with one_sentence():
        results = results_of(profile)
        name = f"table{name}" if name.isdigit() else name
        made = make_table(results, name)
        write_table(made, results.folder / "tables", name)
        print((results.folder / "tables" / f"{name}.md").read_text(encoding="utf-8"))


@task(help=PROFILE | {"name": "2, fig2-kl-by-position, kl-by-position, ...; an unknown one lists them all"})
def figure(c: Context, name: str, profile: str = "lab") -> None:
    """Draw one figure again from recorded results."""
    from superficial.reporting.figures import FIGURES, write_figure

    with one_sentence():
        results = results_of(profile)
        named = {alias: full for full in FIGURES for alias in (full, full[3], full.split("-", 1)[1])}
        name = named.get(name, name)
        write_figure(results, name, results.folder / "figures")
        print(f"{results.folder / 'figures' / name}.pdf, .svg, .png and .csv")


@task(help=PROFILE | {"name": "C1, C2, ..."})
def claim(c: Context, name: str, profile: str = "lab") -> None:
    """Check one claim of the paper: statement, numbers, verdict, and where they come from."""
    from superficial.reporting.claims import check
    from superficial.reporting.show import claim_text

    with one_sentence():
        results = results_of(profile)
        print(claim_text(check(results, name.upper()), results.folder, profile))


@task(help=PROFILE)
def claims(c: Context, profile: str = "lab") -> None:
    """Check every claim of the paper and print the verdicts."""
    from superficial.reporting.claims import CLAIMS, check
    from superficial.reporting.show import print_claims

    with one_sentence():
        results = results_of(profile)
        print_claims([check(results, name) for name in CLAIMS], results.folder)


@task(
    help=PROFILE
    | {"what": "table1.Small+Superficial.gsm (or the paper's row, 7B+Superficial), C2, fig2-kl-by-position"}
)
def why(c: Context, what: str, profile: str = "lab") -> None:
    """Say where a number comes from: its questions, head, traces and models, with hashes, seeds, times and commands."""
    from rich.console import Console

    from superficial.reporting.why import why as tree

    with one_sentence():
        console = Console()
        if not console.is_terminal:
            # A log file has no width of its own.
            console.width = 1000
        console.print(tree(results_of(profile), what))


@task(help=PROFILE)
def report(c: Context, profile: str = "lab") -> None:
    """Build the page of a run, report/index.html, which opens from disk; with the demo's part where that has run."""
    from repro.engine.paths import results_folder
    from superficial.reporting.page.build import write_report

    with one_sentence():
        results = results_of(profile)
        print(write_report(results, results.folder / "report", results_folder("demo-real")))


@task
def audit(c: Context) -> None:
    """Check the paper's printed numbers against each other; needs no model and no run."""
    from superficial.published.audit import audit_text
    from superficial.published.numbers import load_published

    with one_sentence():
        print(audit_text(load_published(ROOT / "paper" / "published.yaml")))


@task(help=PROFILE | {"record": "make this run's numbers the expected ones, to be committed"})
def verify(c: Context, profile: str = "lab", record: bool = False) -> None:
    """Compare a run with the committed numbers: exactly on their machine class, by their intervals elsewhere."""
    from superficial.reporting import verify

    with one_sentence():
        results, expected = results_of(profile).folder, ROOT / "repro" / "expected" / profile
        if record:
            verify.record(results, expected)
        exact = verify.is_same_machine(expected)
        found = verify.differences(results, expected, exact)
    how = "to the last digit" if exact else "by their intervals, this being another machine"
    print("\n".join(found) or f"The numbers of profile {profile} are as expected, compared {how}.")
    if found:
        raise Exit(f"{len(found)} numbers of profile {profile} are not as expected, compared {how}.", code=1)
