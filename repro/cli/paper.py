"""Tasks about the paper and about the article on its reproduction."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from invoke import Context, task

from repro.cli.common import PROFILE, load_results, user_errors
from repro.engine.paths import PAPER, ROOT


@task
def audit(c: Context) -> None:
    """Check the numbers printed in the paper against each other; no model and no run is needed."""
    from superficial.published.audit import audit_text
    from superficial.published.numbers import load_published

    with user_errors():
        print(audit_text(load_published(PAPER / "published.yaml")))


@task(help=PROFILE)
def publish(c: Context, profile: str = "lab") -> None:
    """Copy the figures, tables and claims of a run to figures/ and paper/, with a bundle of its results."""
    from superficial.reporting.article.publish import publish as publish_files
    from superficial.reporting.bundle import write_bundle

    with user_errors():
        results, bundle = load_results(profile), PAPER / f"{profile}.zip"
        for path in publish_files(results, ROOT / "figures", PAPER / "generated"):
            print(path)
        write_bundle(results.folder, results.profile, bundle)
        print(bundle)


@task
def paper(c: Context) -> None:
    """Compile the article, paper/report.pdf, from the published figures and numbers."""
    with user_errors():
        if shutil.which("latexmk") is None:
            raise ValueError(
                "The article needs TeX: install latexmk, texlive-latex-recommended and texlive-fonts-recommended."
            )
        # In a folder of its own: files left behind by an interrupted compilation would break the next one.
        with tempfile.TemporaryDirectory() as folder:
            options = ["-pdf", "-interaction=nonstopmode", "-halt-on-error", f"-outdir={folder}"]
            command = ["latexmk", *options, "report.tex"]
            done = subprocess.run(command, cwd=PAPER, capture_output=True, text=True, check=False)
            if done.returncode:
                reasons = [line[2:] for line in done.stdout.splitlines() if line.startswith("! ")]
                raise ValueError(f"The article does not compile: {reasons[0] if reasons else done.stdout[-300:]}")
            shutil.copyfile(Path(folder) / "report.pdf", PAPER / "report.pdf")
        print(PAPER / "report.pdf")
