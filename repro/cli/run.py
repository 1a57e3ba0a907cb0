"""Tasks that run models: the workflow, its rehearsal, and what can be run in addition."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from invoke import Context, Exit, task

from repro.cli.common import AGREE, PROFILE, has_draws, load_results, names_in, of, say_next, user_errors
from repro.cli.results import claims
from superficial.files import expanded

if TYPE_CHECKING:
    from superficial.reporting.results import Results


@task(
    help=PROFILE
    | AGREE
    | {
        "jobs": "how many steps to run at a time (default: all cores; 50 on a cluster)",
        "dry_run": "only list the steps that would run",
        "executor": "local, or slurm: submit every step as a job of the cluster",
        "draws": "of a profile with draws: which, as a set or as numbers such as 101-110 (default: its last set)",
        "data": "a folder with published questions, in place of the made ones of a profile such as pretrained",
        "from_": "recompute only tables, figures and claims, from a file of recorded results; no model is needed",
    }
)
def reproduce_all(
    c: Context,
    profile: str = "lab",
    jobs: int = 0,
    dry_run: bool = False,
    draws: str = "",
    data: str = "",
    from_: str = "",
    executor: str = "local",
    agree: str = "",
) -> None:
    """Recompute every table, figure and claim. Finished steps are kept: to resume, rerun the same command."""
    if from_:
        _replay(expanded(from_))
        return
    from repro.engine import slurm
    from repro.engine.checks import LOCAL, check_machine, cores, prepare
    from repro.engine.parts import parts_of, run_folder
    from repro.engine.paths import results_folder
    from repro.engine.question_files import save_with_question_files
    from repro.engine.run import run, steps_to_run
    from superficial.reporting.provenance import seconds_by_stage
    from superficial.reporting.show import stages_text

    with user_errors():
        if data:
            profile = save_with_question_files(profile, expanded(data))
            print(f"Profile {profile} has the questions in {data}.")
        jobs = jobs or (cores() if executor == LOCAL else slurm.JOBS)
        settings = prepare(profile, jobs, executor, draws)
        if dry_run:
            print("\n".join(steps_to_run(profile, jobs, draws)) or "nothing to do")
            option = f" --draws {draws}" if draws else ""
            say_next((f"invoke reproduce-all{of(profile)}{option}", "run these steps"))
            return
        check_machine(settings, executor)
        if settings.sources:
            from repro.engine.downloads import agree_to_terms, fetch_all

            agree_to_terms(settings, names_in(agree))
            # Nothing to do after `invoke fetch`; then no network is needed.
            fetch_all(settings, say=lambda _: None)
        run(profile, jobs, executor, draws)
        parts = parts_of(profile, draws)
    print(f"All results are in {results_folder(profile)}.")
    with user_errors():
        print(stages_text(seconds_by_stage(*(run_folder(profile) / part.folder for part in parts))), end="\n\n")
        if has_draws(profile):
            _print_draws(profile, draws)
        else:
            failed = _failed_controls(load_results(profile))
            claims(c, profile)
            _refuse(failed)


def _replay(bundle: Path) -> None:
    from repro.engine.paths import PAPER, results_folder
    from repro.engine.run import exclusive_run
    from superficial.artifacts import CLAIMS
    from superficial.reporting.bundle import read_bundle, replay
    from superficial.reporting.claim_lines import print_claims
    from superficial.reporting.results import Results

    with user_errors():
        folder = results_folder(f"{bundle.stem}-replayed")
        results = Results(folder, read_bundle(bundle, folder), PAPER)
        with exclusive_run(folder):
            replay(results)
        failed = _failed_controls(results)
        print_claims(json.loads((folder / CLAIMS.of()).read_text(encoding="utf-8")))
        _refuse(failed)
        option = f" --profile {folder.name}"
        say_next(
            (f"invoke report{option}", "the page of these results"),
            (f"invoke claim C2{option}", "one claim in full"),
            (f"invoke table 1{option}", "a table"),
        )


def _failed_controls(results: Results) -> list[str]:
    """Return in which controls the method does not find the known answer, and print which could not be tested."""
    from superficial.reporting.tables.controls import check_controls, describe_failures

    failed, not_made = describe_failures(check_controls(results))
    for message in not_made:
        print(message)
    return failed


def _refuse(failed: list[str]) -> None:
    """Refuse results with failed controls."""
    if failed:
        raise ValueError(f"The run is complete, but do not rely on it. {' '.join(failed)}")


def _print_draws(profile: str, draws: str) -> None:
    """Print the verdicts over the draws of a set; of fewer draws there are none."""
    from repro.engine.paths import profile_file, results_folder
    from superficial.config import load_profile
    from superficial.reporting.show import draws_text

    settings = load_profile(profile_file(profile)).draws
    assert settings is not None, f"profile {profile} has no draws"
    of_set, numbers = settings.chosen(draws)
    if missing := sorted(set(settings.numbers(of_set)) - set(numbers)):
        print(f"Verdicts over draws are those of all draws of a set; of {of_set} this run left out {_listed(missing)}.")
    else:
        print(draws_text(results_folder(profile)))
    say_next(
        (f"invoke claims --profile {profile}/draw-{numbers[0]}", "the verdicts of one draw"),
        (f"invoke publish --profile {profile}", "commit what the draws found, if they are as registered"),
    )


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


@task(help={"jobs": "how many steps to run at a time (default: all cores)"})
def rehearse(c: Context, jobs: int = 0) -> None:
    """Rehearse profile paper on this machine: tiny random models, a few questions, a local judge."""
    from repro.engine.checks import cores
    from repro.engine.rehearsal import run as rehearsal

    with user_errors():
        failed = rehearsal.rehearse(jobs or cores())
    if failed:
        raise Exit("", code=failed)
    say_next(("invoke fetch --profile paper", "download what the real run needs"))


@task(
    help={
        "profile": "the name of a profile in repro/profiles (default: paper)",
        "variant": "a variant of the profile, such as 7B-Chat-Finetuned",
        "shots": "worked examples before each question",
        "limit": "questions of each subject (default: all)",
        "tasks": "a folder of lm-eval tasks that defines one named mmlu (default: lm-eval's own)",
    }
)
def mmlu(c: Context, variant: str, profile: str = "paper", shots: int = 5, limit: int = 0, tasks: str = "") -> None:
    """Score a variant of a finished run on MMLU, by the likelihood of the answer letters (needs lm-eval)."""
    import pandas as pd

    from repro.cli.mmlu import score
    from superficial.measures.intervals import wilson
    from superficial.reporting.table import with_interval

    with user_errors():
        settings = {"shots": shots, "limit": limit or None, "tasks": str(expanded(tasks)) if tasks else ""}
        file = score(load_results(profile), profile, variant, settings)
        rows = pd.read_parquet(file)
        accuracy = wilson(int(rows["score"].sum()), len(rows))
        print(
            f"{variant}: accuracy {with_interval(accuracy, 3)} on {len(rows)} questions, by {rows['judge'][0]}\n{file}"
        )
        say_next((f"invoke table 4{of(profile)}", "the other scores of the restored models"))


@task(
    help=PROFILE
    | {
        "prompts": "prompts for the lab pair; the first random pair reads a sixth of them",
        "json": "also write the records to this JSON file",
    }
)
def bench(c: Context, profile: str = "lab", prompts: int = 900, json: str = "") -> None:
    """Time the library against the procedure of the paper's authors, on the models of a finished run; 20 minutes."""
    from bench.against_reference import compare
    from bench.records import publish
    from repro.engine.paths import profile_file, results_folder
    from superficial.config import load_profile

    with user_errors():
        out = expanded(json) if json else None
        records = compare(load_profile(profile_file(profile)), results_folder(profile), prompts, out=out)
        publish(records, out)
        say_next(("invoke docs", "rewrite bench/RESULTS.md from the committed records"))


@task(help=PROFILE)
def clean(c: Context, profile: str = "lab") -> None:
    """Delete the results of a profile."""
    from repro.engine.paths import profile_file, results_folder
    from repro.engine.run import exclusive_run
    from superficial.config import load_profile

    with user_errors():
        load_profile(profile_file(profile))
        folder = results_folder(profile)
        if folder.is_dir():
            with exclusive_run(folder):
                shutil.rmtree(folder)
            print(f"deleted {folder}")
        say_next((f"invoke reproduce-all{of(profile)}", "run it again"))
