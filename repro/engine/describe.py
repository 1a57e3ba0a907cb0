"""Describes the workflow in words: `repro/README.md`, generated from the declarations."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from repro.engine.paths import PROFILES, ROOT
from repro.workflow import STAGES, calls
from superficial.artifacts import (
    ARTIFACTS,
    HEAD,
    OUTPUT_HEADS,
    POINTER,
    RECORD,
    TOKENIZER,
    WEIGHTS,
    Artifact,
    artifact_of,
)
from superficial.config import load_profile

README = ROOT / "repro" / "README.md"
# Together they call every stage.
_PROFILES = ("lab", "paper", "draws")
# The workflow names one file of these folders; a stage that reads it reads what the same call wrote beside it.
_NAMED = (TOKENIZER, WEIGHTS, POINTER, OUTPUT_HEADS, HEAD)
_HEAD = """# The workflow

Generated from `workflow.py` and `src/superficial/artifacts.py` by `invoke docs`; do not edit it.

`workflow.py` declares each stage: what it is called on, what it reads and writes, and which section of the profile it
uses. The Snakefile makes one rule of each call. A call runs again when its inputs, its section of the profile, its
code or a data file has changed. Its code is its script in `stages/` and every module that the script imports, directly
or not.

To run one call by hand: `python -m repro.engine.stage STAGE repro/profiles/PROFILE.yaml results/PROFILE --name NAME`.

- `stages/`: one script a stage. It reads, calls the library, and writes.
- `engine/`: runs the calls: workflow, warm process, records, progress, SLURM, and the tiny models of `invoke rehearse`.
- `cli/`: the Invoke tasks.
- `profiles/`: every model, pair, head, variant and table of a run, as YAML, and the data files that profiles name.
- `expected/`: the committed numbers that `invoke verify` compares a run with.
"""
_NOTE = """A stage that reads a checkpoint, a trace or a head declares one file of it, and reads what the same call
wrote beside it. Files that no stage reads are for people, `invoke report` and `invoke inspect`.
"""


def readme() -> str:
    """Return the text of `repro/README.md`."""
    reads: dict[str, set[Artifact]] = {stage: set() for stage in STAGES}
    writes: dict[str, set[Artifact]] = {stage: set() for stage in STAGES}
    for name in _PROFILES:
        for call in calls(load_profile(PROFILES / f"{name}.yaml")):
            reads[call.stage.name] |= {artifact_of(path) for path in call.inputs}
            writes[call.stage.name] |= {artifact_of(path) for path in call.outputs} - {RECORD}
    return "\n".join([_HEAD, *_stage_table(reads, writes), "", *_file_table(reads, writes), "", _NOTE])


def _stage_table(reads: dict[str, set[Artifact]], writes: dict[str, set[Artifact]]) -> list[str]:
    rows = ["## Stages", "", "| stage | what it does | reads | writes |", "|---|---|---|---|"]
    for stage in STAGES:
        title, _, summary = _first_line(stage).partition(": ")
        rows.append(f"| `{title}` | {summary.rstrip('.')} | {_paths(reads[stage])} | {_paths(writes[stage])} |")
    return [*rows, "", f"Every call also writes `{RECORD.path}`: {RECORD.content}."]


def _file_table(reads: dict[str, set[Artifact]], writes: dict[str, set[Artifact]]) -> list[str]:
    rows = ["## Files", "", "| file | contents | written by | read by |", "|---|---|---|---|"]
    for artifact in ARTIFACTS:
        columns = f"; columns {', '.join(artifact.columns)}" if artifact.columns else ""
        writers = [stage for stage in STAGES if artifact in writes[stage]]
        readers = [stage for stage in STAGES if any(_comes_with(artifact, read, writes) for read in reads[stage])]
        if writers:
            cells = (f"`{artifact.path}`", f"{artifact.content}{columns}", ", ".join(writers), ", ".join(readers))
            rows.append(f"| {' | '.join(cells)} |")
    return rows


def _comes_with(artifact: Artifact, read: Artifact, writes: dict[str, set[Artifact]]) -> bool:
    """Tell whether a stage that declares `read` reads an artifact, see `_NOTE`."""
    if artifact == read:
        return True
    together = any({artifact, read} <= written for written in writes.values())
    return together and artifact.path.startswith(f"{read.path.rpartition('/')[0]}/") and read in _NAMED


def _paths(artifacts: Iterable[Artifact]) -> str:
    return ", ".join(f"`{artifact.path}`" for artifact in ARTIFACTS if artifact in artifacts)


def _first_line(stage: str) -> str:
    """Return the first line of a stage script's docstring, without loading what the script imports."""
    source = (ROOT / "repro" / "stages" / f"{stage}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").splitlines()[0]
