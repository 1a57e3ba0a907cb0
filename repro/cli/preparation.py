"""Tasks for the time before a run: what a profile needs, and whether this machine has it."""

from invoke import Context, Exit, task

from repro.cli.common import AGREE, PROFILE, names_in, of, say_next, user_errors


@task(help=PROFILE)
def doctor(c: Context, profile: str = "lab") -> None:
    """Check whether this machine can run a profile, and say how to fix what is missing."""
    from repro.cli.doctor import examine

    with user_errors():
        if not examine(profile):
            raise Exit("", code=1)
    say_next((f"invoke reproduce-all{of(profile)}", "run it"))


@task(
    help={
        "name": "the name of a profile in repro/profiles",
        "rows": "only these rows of the tables, of a profile with real models, such as 7B,7B-Chat,7B+Superficial",
        "save": "save it as a new profile of this name instead of printing it",
    }
)
def profile(c: Context, name: str, rows: str = "", save: str = "") -> None:
    """Print a profile in full as YAML: with the profile that it extends, and its families written out."""
    from repro.engine.paths import profile_file
    from superficial.config import Profile, load_profile, profile_yaml
    from superficial.documents import checked
    from superficial.planning.rates import read_rates
    from superficial.planning.rows import profile_of_rows

    with user_errors():
        settings = load_profile(profile_file(name))
        if rows:
            settings = profile_of_rows(settings, names_in(rows), f"{name}-rows", read_rates())
        if not save:
            print(profile_yaml(settings), end="")
            say_next((f"invoke reproduce-all --profile {name} --dry-run", "the steps that a run would take"))
            return
        file = profile_file(save)
        if file.exists():
            raise ValueError(f"{file} exists already; choose another name.")
        saved = checked(file, settings.model_dump() | {"name": save}, Profile)
        file.write_text(profile_yaml(saved), encoding="utf-8")
        print(f"{file} is written.")
        say_next((f"invoke reproduce-all --profile {save}", "run it"))


@task(
    help={
        "profile": "a profile with real models: paper or small (default: paper)",
        "rows": "plan only what these rows of the tables need, such as 7B,7B-Chat (default: all rows)",
    }
)
def plan(c: Context, profile: str = "paper", rows: str = "") -> None:
    """Estimate downloads, memory, tokens and GPU hours of a profile, before anything is downloaded."""
    from rich.console import Console

    from repro.engine import paper_run
    from repro.engine.disks import disks
    from repro.engine.paths import profile_file
    from superficial.config import load_profile
    from superficial.planning.plan import plan_calls
    from superficial.planning.rates import read_rates
    from superficial.planning.table import NOTE, plan_table

    with user_errors():
        rates = read_rates()
        variants = names_in(rows) if rows else None
        settings = load_profile(profile_file(profile))
        calls = plan_calls(settings, rates.assumptions, variants)
        console = Console()
        if not console.is_terminal:
            console.width = 1000
        console.print(plan_table(calls, rates, console.width))
        console.print(NOTE, highlight=False)
        for disk in disks(settings):
            space = f"{disk.needed:.0f} GB are needed, {disk.free:.0f} GB are free"
            console.print(f"{disk.use.capitalize()}: {space} on the disk of {disk.folder}.", highlight=False)
        if variants is None:
            console.print("\nWhat a card can run (docs/PAPER_RUN.md):", highlight=False)
            for line in paper_run.commands_text(settings, rates):
                console.print(line, highlight=False, soft_wrap=True, markup=False)
        say_next(
            (f"invoke doctor --profile {profile}", "check this machine for it"),
            (f"invoke fetch --profile {profile}", "download what it needs"),
        )


@task(help={"profile": "a profile with real models: paper, small or pretrained (default: paper)"} | AGREE)
def fetch(c: Context, profile: str = "paper", agree: str = "") -> None:
    """Download and check everything that a profile needs: questions, data, judges, models. A run then needs no network.

    It resumes: what was downloaded and checked before is not downloaded again. What is missing is listed at the end,
    each with the page to visit.
    """
    from repro.engine.downloads import agree_to_terms, fetch_all
    from repro.engine.paths import profile_file
    from superficial.config import load_profile

    with user_errors():
        settings = load_profile(profile_file(profile))
        agree_to_terms(settings, names_in(agree))
        fetch_all(settings, lambda line: print(line, flush=True))
        say_next((f"invoke reproduce-all --profile {profile}", "run it; no network is needed from here on"))
