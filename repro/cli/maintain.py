"""Tasks that keep the machine, the article and the code in order."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from invoke import Context, Exit, task

from repro.cli.common import PROFILE, ROOT, one_sentence, results_of


@task(help=PROFILE)
def doctor(c: Context, profile: str = "lab") -> None:
    """Check this machine for a profile: Python, packages, cores, memory, disk; say how to fix what is wrong."""
    from repro.cli.doctor import examine

    with one_sentence():
        if not examine(profile):
            raise Exit("", code=1)


@task(help=PROFILE)
def publish(c: Context, profile: str = "lab") -> None:
    """Copy a profile's figures, tables and claims to figures/ and paper/, with the article's numbers and a bundle."""
    from superficial.reporting import publish
    from superficial.reporting.bundle import write_bundle

    with one_sentence():
        results, file = results_of(profile), ROOT / "paper" / f"{profile}.zip"
        for path in publish.publish(results, ROOT / "figures", ROOT / "paper" / "generated"):
            print(path)
        write_bundle(results.folder, results.profile, file)
        print(file)


@task
def paper(c: Context) -> None:
    """Compile the article, paper/report.pdf, from what was last published."""
    with one_sentence():
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


@task
def docs(c: Context) -> None:
    """Write the pages that are generated from the code: repro/README.md."""
    from repro.engine.describe import README, readme

    README.write_text(readme(), encoding="utf-8")
    print(README)


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
