"""The tasks; `invoke --list` is the menu."""

import shlex
import sys
from pathlib import Path

from invoke import Context, Exit, task

from superficial.config import load_profile

ROOT = Path(__file__).parent
# Each stage: its script, and the last file it writes.
STAGES = (
    ("build_lab.py", "models/aligned/tokenizer_config.json"),
    ("evaluate.py", "scores/superficial/truthfulqa.parquet"),
)


@task(help={"profile": "lab (default) or smoke", "dry_run": "only say what would run"})
def reproduce_all(c: Context, profile: str = "lab", dry_run: bool = False) -> None:
    """Recompute the central experiment: models, head, scores, tables; finished stages are kept."""
    source, out = ROOT / "repro" / "profiles" / f"{profile}.yaml", ROOT / "results" / profile
    try:
        load_profile(source)
    except ValueError as error:
        raise Exit(str(error), code=2) from error
    with c.cd(str(ROOT)):
        for script, last in STAGES:
            done = (out / last).is_file() and (out / last).stat().st_mtime > source.stat().st_mtime
            print(f"{script}: {'nothing to do' if done else 'would run' if dry_run else 'running'}", flush=True)
            if not done and not dry_run:
                c.run(shlex.join([sys.executable, f"repro/{script}", str(source), str(out)]))
        if not dry_run:
            c.run(shlex.join([sys.executable, "repro/tables.py", str(out)]))
