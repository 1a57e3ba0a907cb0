"""Tasks about the paper and about the article on its reproduction."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from invoke import Context, task

from repro.cli.common import DEFAULT_PROFILE, PROFILE, has_draws, load_results, say_next, user_errors
from repro.engine.paths import PAPER, ROOT, results_folder

FIGURES = ROOT / "figures"


@task
def audit(c: Context) -> None:
    """Check the numbers printed in the paper against each other; no model and no run is needed."""
    from superficial.published.audit import audit_text
    from superficial.published.numbers import load_published

    with user_errors():
        print(audit_text(load_published(PAPER / "published.yaml")))
        say_next(("invoke claims", "the verdicts on the paper's claims, of a finished run"))


@task(help=PROFILE)
def publish(c: Context, profile: str = "lab") -> None:
    """Commit the results of a run: its verdicts, tables, figures, page and a bundle.

    Those of profile lab go to figures/, paper/ and docs/page/; those of another profile to folders of its name in
    figures/ and paper/generated/, and to docs/page-NAME/. Of a profile with draws: the tables and the figure over them,
    if they are as registered.
    """
    from superficial.reporting.article import publish as article
    from superficial.reporting.bundle import write_bundle
    from superficial.reporting.page.build import PUBLISHED_QUESTIONS, check_size, write_report

    with user_errors():
        if has_draws(profile):
            _publish_draws(profile)
            return
        results, bundle = load_results(profile), PAPER / f"{profile}.zip"
        if profile == DEFAULT_PROFILE:
            written, page_folder = article.publish(results, FIGURES, PAPER / "generated"), "page"
        else:
            written = article.publish_beside(results, profile, FIGURES, PAPER / "generated")
            page_folder = f"page-{profile}"
        for path in written:
            print(path)
        page = write_report(results, ROOT / "docs" / page_folder, PUBLISHED_QUESTIONS)
        print(f"{page}: {check_size(page) / 1e6:.1f} MB with its files")
        write_bundle(results.folder, results.profile, bundle)
        print(bundle)
        say_next(
            ("invoke paper", "compile the article with these numbers"),
            ("git diff --stat", "what has changed; the pages' numbers are compared by pytest tests/documents"),
        )


def _publish_draws(profile: str) -> None:
    from repro.engine.registration import changes, current_registration, unfinished
    from superficial.reporting.article.publish import publish_draws
    from superficial.reporting.draws import PUBLISHED_PROFILE

    now = current_registration(profile, "")
    if changed := changes(now):
        raise ValueError(f"These draws are not confirmatory. {' '.join(changed)}")
    if missing := unfinished(now):
        raise ValueError(
            f"{len(missing)} steps of draws {now.draws} have not run with these settings and this code, such as "
            f"{missing[0]}: run `invoke reproduce-all --profile {profile}`."
        )
    # Those of other profiles have a folder of their own, so that they do not replace the lab's.
    own = "" if profile == PUBLISHED_PROFILE else profile
    for path in publish_draws(results_folder(profile), now.set, FIGURES / own, PAPER / "generated" / own):
        print(path)
    say_next(("invoke publish --profile NAME", "for each published run: its page shows the verdicts over these draws"))


@task(
    help={
        "profile": "the name of a profile with draws (default: draws)",
        "draws": "the set of draws (default: its last set)",
    }
)
def preregister(c: Context, profile: str = "draws", draws: str = "") -> None:
    """Fix settings, code and criteria of a set of draws in paper/preregistration.yaml, before they are run."""
    from repro.engine.registration import current_registration
    from superficial.reporting.preregistration import register

    with user_errors():
        entry = current_registration(profile, draws)
        print(f"{register(entry, PAPER)}: draws {entry.draws} of profile {profile}")
        say_next(
            ("git commit paper/preregistration.yaml", "before the draws are run"),
            (f"invoke reproduce-all --profile {profile}", "run them"),
        )


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
        say_next((f"xdg-open {PAPER / 'report.pdf'}", "read it"))
