"""Tasks that read the recorded results of a run."""

import shlex

from invoke import Context, Exit, task

from repro.cli.common import PROFILE, has_draws, load_results, of, say_next, user_errors
from superficial.files import expanded


@task(help=PROFILE | {"name": "a number or a name: 1, table1, recovery; an unknown name lists all"})
def table(c: Context, name: str, profile: str = "lab") -> None:
    """Recompute one table from recorded results and print it."""
    from superficial.artifacts import TABLE
    from superficial.reporting.table import write_table
    from superficial.reporting.tables.registry import make_table
    from superficial.reporting.terminal import table_text, terminal_width

    with user_errors():
        results = load_results(profile)
        name = f"table{name}" if name.isdigit() else name
        folder = TABLE.folder_in(results.folder)
        made = make_table(results, name)
        write_table(made, folder, name)
        print(table_text(made, terminal_width()))
        say_next(
            (f"invoke why {name}.VARIANT.MEASURE{of(profile)}", "trace a cell of a table of scores to its source"),
            (f"invoke report{of(profile)}", "the page, which opens the questions behind each cell"),
            (str(folder / f"{name}.csv"), "every number of this table; .md and .tex beside it"),
        )


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
        say_next((f"invoke why {name}{of(profile)}", "trace the figure to its source"))


@task(help=PROFILE | {"name": "C1, C2, ..."})
def claim(c: Context, name: str, profile: str = "lab") -> None:
    """Check one claim of the paper: its statement, numbers, verdict and sources."""
    from superficial.reporting.claims.registry import check
    from superficial.reporting.show import claim_text

    with user_errors():
        results, name = load_results(profile), name.upper()
        print(claim_text(check(results, name), results.folder, results.profile.name))
        say_next(
            (f"invoke why {name}{of(profile)}", "trace its numbers to questions, heads and models"),
            (f"invoke claims{of(profile)}", "all claims"),
        )


@task(help=PROFILE | {"verbose": "also print statements, every measured number, and the files they are in"})
def claims(c: Context, profile: str = "lab", verbose: bool = False) -> None:
    """Check all claims of the paper and print the verdicts, one line a claim; of draws, those of their last report."""
    from repro.engine.paths import PAPER, results_folder
    from superficial.reporting.claim_lines import print_claims
    from superficial.reporting.claims.registry import CLAIMS, check
    from superficial.reporting.draws import published_draws
    from superficial.reporting.show import draws_text, print_claims_in_full, this_draw_text

    with user_errors():
        if has_draws(profile):
            print(draws_text(results_folder(profile)))
            say_next((f"invoke reproduce-all{of(profile)}", "run the draws that are missing, and report on all again"))
            return
        results = load_results(profile)
        checked = [check(results, name) for name in CLAIMS]
        if verbose:
            print_claims_in_full(checked, results.folder)
        else:
            print_claims(checked)
        if results.profile.one_of_draws:
            print(this_draw_text(checked, published_draws(PAPER, results.profile.one_of_draws)))
        say_next(
            (f"invoke claim C2{of(profile)}", "one claim in full: criterion, numbers, files"),
            (f"invoke claims --verbose{of(profile)}", "all claims in full"),
            (f"invoke report{of(profile)}", "the page of the run"),
        )


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
        say_next((f"invoke verify{of(profile)}", "compare the run with the committed numbers"))


@task(help=PROFILE)
def report(c: Context, profile: str = "lab") -> None:
    """Build the report of a run, a web page that opens from disk."""
    from superficial.reporting.page.build import write_report

    with user_errors():
        results = load_results(profile)
        page = write_report(results, results.folder / "report")
        print(page)
        say_next((f"xdg-open {page}", "open the page in a browser; on macOS: open"))


@task(help=PROFILE | {"record": "make the numbers of this run the expected ones; commit them afterwards"})
def verify(c: Context, profile: str = "lab", record: bool = False) -> None:
    """Compare a run with the committed one: exactly, but numbers by intervals on a different kind of machine."""
    from repro.engine.paths import EXPECTED, PAPER
    from superficial.reporting import bundle, verify
    from superficial.reporting.draws import published_draws

    with user_errors():
        results, expected = load_results(profile), EXPECTED / profile
        if bundle.is_unpacked(results.folder):
            raise ValueError(
                f"{results.folder} is of a bundle, which has no models or questions to compare. `invoke reproduce-all "
                "--from` compared each of its files with what the stage that wrote it recorded."
            )
        folder, draws = results.folder, published_draws(PAPER, results.profile.one_of_draws)
        if record:
            verify.record(folder, expected)
        exact = verify.is_same_machine(expected)
        differences = verify.differences(folder, expected, exact, draws)
    intervals = "what the published draws predict" if draws else "confidence intervals"
    how = "exactly" if exact else f"by {intervals}, since this is a different kind of machine"
    if differences:
        print("\n".join(differences))
        raise Exit(f"Profile {profile} has {len(differences)} unexpected numbers, compared {how}.", code=1)
    print(f"The numbers of profile {profile} are as expected, compared {how}.")
    say_next((f"invoke claims{of(profile)}", "the verdicts"))


@task(help=PROFILE | {"out": "the file to write (default: <profile>.zip)"})
def bundle(c: Context, profile: str = "lab", out: str = "") -> None:
    """Write the recorded results of a run to one file, which `reproduce-all --from` reads."""
    from superficial.reporting.bundle import write_bundle

    with user_errors():
        results, file = load_results(profile), expanded(out or f"{profile}.zip")
        write_bundle(results.folder, results.profile, file)
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
        say_next((f"invoke reproduce-all --from {shlex.quote(str(file))}", "recompute everything from it"))
