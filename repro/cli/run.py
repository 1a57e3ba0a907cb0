"""Tasks that start runs, and pass them on."""

import shutil
from pathlib import Path

from invoke import Context, task

from repro.cli.common import PROFILE, ROOT, one_sentence, results_of
from repro.cli.results import claims


@task(
    help=PROFILE
    | {"jobs": "steps at a time (default: all cores; on a cluster 50)", "dry_run": "only say what would run"}
    | {"executor": "local, or slurm: every step is a job of a cluster's queue"}
    | {"from_": "a bundle of recorded results: only make tables, figures and claims of it again, without a model"}
)
def reproduce_all(
    c: Context, profile: str = "lab", jobs: int = 0, dry_run: bool = False, from_: str = "", executor: str = "local"
) -> None:
    """Recompute every table, figure and claim; what is finished is kept, what was interrupted goes on."""
    if from_:
        _replay(Path(from_))
        return
    from repro.engine import checks, paths, slurm
    from repro.engine import run as reproduce
    from superficial.reporting.provenance import seconds_by_stage
    from superficial.reporting.show import stages_text

    with one_sentence():
        jobs = jobs or (checks.cores() if executor == checks.LOCAL else slurm.JOBS)
        asked = checks.prepare(profile, jobs, executor)
        if dry_run:
            steps = reproduce.steps_to_run(profile, jobs)
            print("\n".join(steps) or "nothing to do")
            return
        checks.check_machine(asked, executor)
        reproduce.run(profile, jobs, executor)
    folder = paths.results_folder(profile)
    print(f"Everything is in {folder}.\n")
    claims(c, profile)
    with one_sentence():
        print(stages_text(seconds_by_stage(folder)))


def _replay(file: Path) -> None:
    from repro.engine.paths import results_folder
    from repro.engine.run import exclusive_run
    from superficial.reporting.bundle import read_bundle, replay
    from superficial.reporting.claims import CLAIMS, check
    from superficial.reporting.results import Results
    from superficial.reporting.show import print_claims

    with one_sentence():
        folder = results_folder(f"{file.stem}-replayed")
        results = Results(folder, read_bundle(file, folder), ROOT / "paper")
        with exclusive_run(folder):
            replay(results)
        print_claims([check(results, name) for name in CLAIMS], folder)


@task(help=PROFILE | {"out": "the new file (default: <profile>.zip)"})
def bundle(c: Context, profile: str = "lab", out: str = "") -> None:
    """Write the recorded results of a run as one file, which `reproduce-all --from` reads."""
    from superficial.reporting.bundle import write_bundle

    with one_sentence():
        results, file = results_of(profile), Path(out or f"{profile}.zip")
        write_bundle(results.folder, results.profile, file)
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


@task(help={"jobs": "steps at a time (default: all cores)"})
def rehearse(c: Context, jobs: int = 0) -> None:
    """Rehearse profile paper here: tiny random models, a few real questions, a judge on loopback."""
    from repro.engine.checks import cores
    from repro.engine.rehearsal.run import PROFILE as rehearsed
    from repro.engine.rehearsal.run import rehearse as run_rehearsal

    with one_sentence():
        run_rehearsal(jobs or cores())
    claims(c, rehearsed)


@task(
    help={
        "profile": "a profile on real models: paper, small",
        "rows": "only what these rows need, as 7B,7B-Chat,7B+Superficial (default: all of the profile)",
    }
)
def plan(c: Context, profile: str = "paper", rows: str = "") -> None:
    """Say what a profile takes, before anything is downloaded: sizes, tokens, operations, hours on named cards."""
    from rich.console import Console

    from repro.engine.paths import profile_file
    from superficial.config import load_profile
    from superficial.planning.show import NOTE, plan_table
    from superficial.planning.stages import plan as steps_of
    from superficial.planning.work import read_rates

    with one_sentence():
        rates = read_rates()
        wanted = [row.strip() for row in rows.split(",")] if rows else None
        steps = steps_of(load_profile(profile_file(profile)), rates.assumed, wanted)
        console = Console()
        if not console.is_terminal:
            console.width = 1000
        console.print(plan_table(steps, rates))
        console.print(NOTE, highlight=False)


@task(
    help=PROFILE
    | {"variant": "a variant of the profile, as 7B-Chat-Finetuned; with its head, white-box or black-box"}
    | {"shots": "worked questions before each question", "limit": "questions of each subject (default: all)"}
    | {"tasks": "a folder of lm-eval tasks, with one named mmlu (default: lm-eval's own)"}
)
def mmlu(c: Context, variant: str, profile: str = "paper", shots: int = 5, limit: int = 0, tasks: str = "") -> None:
    """Score a variant of a run on MMLU by the likelihood of the letters, through lm-eval (an optional package)."""
    import pandas as pd

    from repro.cli.likelihood import score
    from superficial.measures.intervals import wilson
    from superficial.reporting.table import ranged

    with one_sentence():
        file = score(results_of(profile), profile, variant, {"shots": shots, "limit": limit or None, "tasks": tasks})
        rows = pd.read_parquet(file)
        found = wilson(int(rows["score"].sum()), len(rows))
        print(f"{variant}: accuracy {ranged(found, 3)} on {len(rows)} questions, by {rows['judge'][0]}\n{file}")


@task(help={"advbench": "your copy of AdvBench: a .csv with the column goal; it is read, not kept"})
def demo_real(c: Context, advbench: str) -> None:
    """Tune a really pretrained small model to refuse, attack it, restore it with a head; some 12 minutes of CPU."""
    from repro.engine.paths import results_folder

    with one_sentence():
        if not Path(advbench).is_file():
            raise ValueError(f"There is no file {advbench}: the demo needs your copy of AdvBench, --advbench FILE.")
        from examples.demo_real import run

        out = results_folder("demo-real")
        run(Path(advbench), out)
    print((out / "refusals.md").read_text(encoding="utf-8"))
    print(f"{out}: demo.json, demo.png, refusals.md, kl-by-position.csv")


@task(
    help=PROFILE
    | {
        "prompts": "prompts of the lab pair; the random pair reads a quarter of them",
        "output": "write the records here",
    }
)
def bench(c: Context, profile: str = "lab", prompts: int = 576, output: str = "") -> None:
    """Time the library against the paper's own procedure, on a finished run; about five minutes."""
    from bench.against_reference import compare
    from bench.records import publish
    from repro.engine.paths import profile_file, results_folder
    from superficial.config import load_profile

    with one_sentence():
        records = compare(load_profile(profile_file(profile)), results_folder(profile), prompts)
        publish(records, Path(output) if output else None)


@task(help=PROFILE)
def clean(c: Context, profile: str = "lab") -> None:
    """Remove a profile's results."""
    from repro.engine.paths import profile_file, results_folder
    from repro.engine.run import exclusive_run
    from superficial.config import load_profile

    with one_sentence():
        load_profile(profile_file(profile))
        folder = results_folder(profile)
        if folder.is_dir():
            with exclusive_run(folder):
                shutil.rmtree(folder)
            print(f"removed {folder}")
