"""Tasks that read the recorded results of a run."""

from invoke import Context, Exit, task

from repro.cli.common import PROFILE, load_results, user_errors
from superficial.files import expanded


@task(help=PROFILE | {"name": "a number or a name: 1, table1, recovery; an unknown name lists all"})
def table(c: Context, name: str, profile: str = "lab") -> None:
    """Recompute one table from recorded results and print it."""
    from superficial.artifacts import TABLE
    from superficial.reporting.table import write_table
    from superficial.reporting.tables.registry import make_table

    with user_errors():
        results = load_results(profile)
        name = f"table{name}" if name.isdigit() else name
        folder = TABLE.folder_in(results.folder)
        write_table(make_table(results, name), folder, name)
        print((folder / f"{name}.md").read_text(encoding="utf-8"))


@task(help=PROFILE | {"name": "a number or a name: 2, kl-by-position, fig2-kl-by-position; an unknown name lists all"})
def figure(c: Context, name: str, profile: str = "lab") -> None:
    """Redraw one figure from recorded results."""
    from superficial.artifacts import FIGURE
    from superficial.reporting.figures.registry import full_name, write_figure

    with user_errors():
        results, name = load_results(profile), full_name(name)
        folder = FIGURE.folder_in(results.folder)
        write_figure(results, name, folder)
        print(f"{folder / name}.pdf, .svg, .png and .csv")


@task(help=PROFILE | {"name": "C1, C2, ..."})
def claim(c: Context, name: str, profile: str = "lab") -> None:
    """Check one claim of the paper: its statement, numbers, verdict and sources."""
    from superficial.reporting.claims.registry import check
    from superficial.reporting.show import claim_text

    with user_errors():
        results = load_results(profile)
        print(claim_text(check(results, name.upper()), results.folder, profile))


@task(help=PROFILE)
def claims(c: Context, profile: str = "lab") -> None:
    """Check all claims of the paper and print the verdicts."""
    from superficial.reporting.claims.registry import CLAIMS, check
    from superficial.reporting.show import print_claims

    with user_errors():
        results = load_results(profile)
        print_claims([check(results, name) for name in CLAIMS], results.folder)


@task(
    help=PROFILE
    | {
        "what": "a table cell (table1.Small+Superficial.gsm; the paper's row names work, too), "
        "a claim (C2) or a figure (fig2-kl-by-position)"
    }
)
def why(c: Context, what: str, profile: str = "lab") -> None:
    """Trace a number to its source: questions, head, traces and models, with hashes, seeds, times and commands."""
    from rich.console import Console

    from superficial.reporting.why import why as tree

    with user_errors():
        console = Console()
        if not console.is_terminal:
            # A log file has no width to wrap at.
            console.width = 1000
        console.print(tree(load_results(profile), what))


@task(help=PROFILE)
def report(c: Context, profile: str = "lab") -> None:
    """Build the report of a run, a web page that opens from disk; it includes the results of `demo-real`, if any."""
    from repro.engine.paths import results_folder
    from superficial.reporting.page.build import write_report

    with user_errors():
        results = load_results(profile)
        print(write_report(results, results.folder / "report", results_folder("demo-real")))


@task(help=PROFILE | {"record": "make the numbers of this run the expected ones; commit them afterwards"})
def verify(c: Context, profile: str = "lab", record: bool = False) -> None:
    """Compare a run with the committed numbers: exactly on the same kind of machine, else by confidence intervals."""
    from repro.engine.paths import EXPECTED
    from superficial.reporting import verify

    with user_errors():
        folder, expected = load_results(profile).folder, EXPECTED / profile
        if record:
            verify.record(folder, expected)
        exact = verify.is_same_machine(expected)
        differences = verify.differences(folder, expected, exact)
    how = "exactly" if exact else "by confidence intervals, since this is a different kind of machine"
    if differences:
        print("\n".join(differences))
        raise Exit(f"Profile {profile} has {len(differences)} unexpected numbers, compared {how}.", code=1)
    print(f"The numbers of profile {profile} are as expected, compared {how}.")


@task(help=PROFILE | {"out": "the file to write (default: <profile>.zip)"})
def bundle(c: Context, profile: str = "lab", out: str = "") -> None:
    """Write the recorded results of a run to one file, which `reproduce-all --from` reads."""
    from superficial.reporting.bundle import write_bundle

    with user_errors():
        results, file = load_results(profile), expanded(out or f"{profile}.zip")
        write_bundle(results.folder, results.profile, file)
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
