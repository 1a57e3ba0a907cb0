"""The tasks; `invoke --list` is the menu. Each is thin: parse, then start the workflow or call the library."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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
    except OSError as error:
        said = f"{error.filename}: {error.strerror}." if error.filename and error.strerror else str(error)
        raise Exit(said, code=2) from error
    except ValueError as error:
        raise Exit(str(error), code=2) from error


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}; it must be a number.") from error


def _results(profile: str):
    from repro.reproduce import profile_file, results_folder
    from superficial.config import load_profile
    from superficial.reporting.results import Results

    return Results(results_folder(profile), load_profile(profile_file(profile)), ROOT / "paper")


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
    from repro import reproduce, slurm
    from superficial.reporting.provenance import seconds_by_stage
    from superficial.reporting.show import stages_text

    with _one_sentence():
        jobs = jobs or (reproduce.cores() if executor == reproduce.LOCAL else slurm.JOBS)
        reproduce.prepare(profile, jobs, executor)
        if dry_run:
            steps = reproduce.plan(profile, jobs)
            print("\n".join(steps) or "nothing to do")
            return
        reproduce.run(profile, jobs, executor)
    folder = reproduce.results_folder(profile)
    print(f"Everything is in {folder}.\n")
    claims(c, profile)
    with _one_sentence():
        print(stages_text(seconds_by_stage(folder)))


def _replay(file: Path) -> None:
    from repro.reproduce import only_run, results_folder
    from superficial.reporting.bundle import read_bundle, replay
    from superficial.reporting.claims import CLAIMS, check
    from superficial.reporting.results import Results
    from superficial.reporting.show import print_claims

    with _one_sentence():
        folder = results_folder(f"{file.stem}-replayed")
        results = Results(folder, read_bundle(file, folder), ROOT / "paper")
        with only_run(folder):
            replay(results)
        print_claims([check(results, name) for name in CLAIMS], folder)


@task(help=PROFILE | {"out": "the new file (default: <profile>.zip)"})
def bundle(c: Context, profile: str = "lab", out: str = "") -> None:
    """Write the recorded results of a run as one file, which `reproduce-all --from` reads."""
    from superficial.reporting.bundle import write_bundle

    with _one_sentence():
        results, file = _results(profile), Path(out or f"{profile}.zip")
        write_bundle(results.folder, results.profile, file)
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


@task(help=PROFILE | {"name": "1, table1, recovery, ...; an unknown one lists them all"})
def table(c: Context, name: str, profile: str = "lab") -> None:
    """Recompute one table from recorded results and print it."""
    from superficial.reporting.table import write_table
    from superficial.reporting.tables import make_table

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


@task(
    help=PROFILE
    | {"what": "table1.Small+Superficial.gsm (or the paper's row, 7B+Superficial), C2, fig2-kl-by-position"}
)
def why(c: Context, what: str, profile: str = "lab") -> None:
    """Say where a number comes from: its questions, head, traces and models, with hashes, seeds, times and commands."""
    from rich.console import Console

    from superficial.reporting.why import why as tree

    with _one_sentence():
        console = Console()
        if not console.is_terminal:
            # A log file has no width of its own.
            console.width = 1000
        console.print(tree(_results(profile), what))


@task(help=PROFILE)
def report(c: Context, profile: str = "lab") -> None:
    """Build the page of a run, report/index.html, which opens from disk."""
    from superficial.reporting.page.build import write_report

    with _one_sentence():
        results = _results(profile)
        print(write_report(results, results.folder / "report"))


@task
def audit(c: Context) -> None:
    """Check the paper's printed numbers against each other; needs no model and no run."""
    from superficial.published.audit import audit_text
    from superficial.published.numbers import load_published

    with _one_sentence():
        print(audit_text(load_published(ROOT / "paper" / "published.yaml")))


@task(
    help={
        "profile": "a profile on real models: paper, small",
        "rows": "only what these rows need, as 7B,7B-Chat,7B+Superficial (default: all of the profile)",
    }
)
def plan(c: Context, profile: str = "paper", rows: str = "") -> None:
    """Say what a profile takes, before anything is downloaded: sizes, tokens, operations, hours on named cards."""
    from rich.console import Console

    from repro.reproduce import profile_file
    from superficial.config import load_profile
    from superficial.planning.show import NOTE, plan_table
    from superficial.planning.stages import plan as steps_of
    from superficial.planning.work import read_rates

    with _one_sentence():
        rates = read_rates(ROOT / "repro" / "cards.yaml")
        wanted = [row.strip() for row in rows.split(",")] if rows else None
        steps = steps_of(load_profile(profile_file(profile)), rates.assumed, wanted)
        console = Console()
        if not console.is_terminal:
            console.width = 1000
        console.print(plan_table(steps, rates))
        console.print(NOTE, highlight=False)


@task(help={"jobs": "steps at a time (default: all cores)"})
def rehearse(c: Context, jobs: int = 0) -> None:
    """Rehearse profile paper here: tiny random models, a few real questions, a judge on loopback."""
    from repro import reproduce
    from repro.rehearsal import PROFILE as rehearsed
    from repro.rehearsal import rehearse as run_rehearsal

    with _one_sentence():
        run_rehearsal(jobs or reproduce.cores())
    claims(c, rehearsed)


@task(help=PROFILE)
def doctor(c: Context, profile: str = "lab") -> None:
    """Check this machine for a profile: Python, packages, cores, memory, disk; say how to fix what is wrong."""
    from repro.doctor import examine

    with _one_sentence():
        if not examine(profile):
            raise Exit("", code=1)


@task(help=PROFILE)
def publish(c: Context, profile: str = "lab") -> None:
    """Copy a profile's figures, tables and claims to figures/ and paper/generated/, with the article's numbers."""
    from superficial.reporting import publish

    with _one_sentence():
        for path in publish.publish(_results(profile), ROOT / "figures", ROOT / "paper" / "generated"):
            print(path)


@task
def paper(c: Context) -> None:
    """Compile the article, paper/report.pdf, from what was last published."""
    with _one_sentence():
        if shutil.which("latexmk") is None:
            raise ValueError(
                "The article needs TeX: install latexmk, texlive-latex-recommended and texlive-fonts-recommended."
            )
        # What a killed compilation left behind would break the next; this one starts from nothing.
        with tempfile.TemporaryDirectory() as folder:
            options = ["-pdf", "-interaction=nonstopmode", "-halt-on-error", f"-outdir={folder}"]
            command = ["latexmk", *options, "report.tex"]
            said = subprocess.run(command, cwd=ROOT / "paper", capture_output=True, text=True, check=False)
            if said.returncode:
                reasons = [line[2:] for line in said.stdout.splitlines() if line.startswith("! ")]
                raise ValueError(f"The article does not compile: {reasons[0] if reasons else said.stdout[-300:]}")
            shutil.copyfile(Path(folder) / "report.pdf", ROOT / "paper" / "report.pdf")
        print(ROOT / "paper" / "report.pdf")


@task(help=PROFILE | {"record": "make this run's numbers the expected ones, to be committed"})
def verify(c: Context, profile: str = "lab", record: bool = False) -> None:
    """Compare a run with the committed numbers: exactly on their machine class, by their intervals elsewhere."""
    from superficial.reporting import verify

    with _one_sentence():
        results, expected = _results(profile).folder, ROOT / "repro" / "expected" / profile
        if record:
            verify.record(results, expected)
        exact = verify.is_same_machine(expected)
        found = verify.differences(results, expected, exact)
    how = "to the last digit" if exact else "by their intervals, this being another machine"
    print("\n".join(found) or f"The numbers of profile {profile} are as expected, compared {how}.")
    if found:
        raise Exit(f"{len(found)} numbers of profile {profile} are not as expected, compared {how}.", code=1)


@task(help=PROFILE | {"prompts": "prompts of each pair", "json": "a file for the records"})
def bench(c: Context, profile: str = "lab", prompts: int = 192, json: str = "") -> None:
    """Time extraction, distillation and evaluation against the paper's own procedure; some ten minutes."""
    from repro.bench import against_reference
    from repro.reproduce import profile_file, results_folder
    from superficial.config import load_profile

    with _one_sentence():
        records = against_reference.compare(load_profile(profile_file(profile)), results_folder(profile), prompts)
        if json:
            against_reference.write(records, Path(json))


MODEL = "a checkpoint's folder, or the id of a model of the hub"


@task(
    help={
        "base": f"the base model: {MODEL}",
        "aligned": "the aligned model, likewise; both share one vocabulary",
        "prompts": "a file of prompts: one a line, or .jsonl with a field `prompt`",
        "out": "the head's new folder",
        "k": "black-box knowledge that reads so many logits (default: a residual head)",
        "rank": "the rank of the residual head (default: any)",
        "epochs": "the longest training; the epoch with the lowest validation KL is kept",
        "max_new_tokens": "the longest response",
        "seed": "draws the validation prompts and the order of training",
        "licence": "what the card says (default: that of the two models)",
    }
)
def extract(
    c: Context,
    base: str,
    aligned: str,
    prompts: str,
    out: str,
    k: int = 0,
    rank: int = 0,
    epochs: int = 20,
    max_new_tokens: int = 128,
    seed: int = 0,
    licence: str = "",
) -> None:
    """Extract the superficial knowledge of a pair of models as a head: safetensors and a card."""
    with _one_sentence():
        least = {"k": 0, "rank": 0, "epochs": 1, "max-new-tokens": 1}
        for (name, low), value in zip(least.items(), (k, rank, epochs, max_new_tokens), strict=True):
            if value < low:
                raise ValueError(f"{name} is {value}; it must be at least {low}.")
        if k and rank:
            raise ValueError(f"k is {k} and rank is {rank}; only a residual head, without k, has a rank.")
        from superficial.knowledge.checkpoint import extract_head
        from superficial.knowledge.extraction import LOGIT, RESIDUAL
        from superficial.reporting.heads import head_text

        settings = replace(LOGIT if k else RESIDUAL, epochs=epochs, rank=rank or None, seed=seed)
        files = Path(prompts), Path(out)
        head = extract_head(base, aligned, *files, k or None, settings, max_new_tokens, licence or None)
        print(head_text(head.card, head.inspection))


@task(
    help={
        "base": f"the base model: {MODEL}",
        "head": "a saved residual head",
        "out": "the new folder",
        "alpha": "the strength (default: the head's own)",
        "lora": "write a LoRA adapter of this rank instead of a checkpoint",
    }
)
def apply(c: Context, base: str, head: str, out: str, alpha: str = "", lora: int = 0) -> None:
    """Merge a head into its base: a checkpoint, or a LoRA adapter, that any runtime serves."""
    with _one_sentence():
        from superficial.knowledge.checkpoint import apply_head

        apply_head(base, Path(head), Path(out), _number("alpha", alpha) if alpha else None, lora or None)
        print(out)


@task(help={"head": "a saved head"})
def inspect(c: Context, head: str) -> None:
    """Say what a head is and what it changes: tokens, KL by position, energy by rank."""
    from superficial.knowledge.head_files import read_card, read_inspection
    from superficial.reporting.heads import head_text

    with _one_sentence():
        print(head_text(read_card(Path(head)), read_inspection(Path(head))))


@task(help={"one": "a saved head", "other": "another of the same kind and size"})
def compare(c: Context, one: str, other: str) -> None:
    """Say how two heads differ: norms, cosine, the directions they read, the tokens they raise."""
    with _one_sentence():
        from superficial.knowledge.heads import load_head
        from superficial.knowledge.inspection import compare_heads
        from superficial.reporting.heads import comparison_text

        print(comparison_text(compare_heads(load_head(Path(one)), load_head(Path(other)))))


@task
def test(c: Context) -> None:
    """Run the tests, the whole workflow at toy size among them."""
    _run("pytest", "-q")


@task
def lint(c: Context) -> None:
    """Check format, style and types."""
    for command in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)):
        _run(*command)


def _run(*module: str) -> None:
    # No shell: the folder may have any name.
    done = subprocess.run([sys.executable, "-m", *module], cwd=ROOT, check=False)
    if done.returncode:
        raise Exit("", code=done.returncode)


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
