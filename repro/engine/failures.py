"""Explains in one sentence why a run of the workflow failed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from repro.engine.start import KILLED

RESUME = "rerun the same command to resume from the last finished step"
# A disk with less free space than this counts as full.
_FULL_BYTES = 1_000_000
_KILLED_LINE = "Killed"


def noting_a_kill(command: str, log: str) -> str:
    """Return a shell command that runs another, and says in its log that it was killed: a killed process cannot."""
    note = f"[ $status -ne {KILLED} ] || printf '\\n{_KILLED_LINE}\\n' >> {log}"
    return f"{command} || {{ status=$?; {note}; exit $status; }}"


def last_line(text: str) -> str:
    """Return the last line of an output that is not a place in a file, without the name of the exception."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith('File "')]
    return re.sub(r"^\w+(Error|Exception): ", "", lines[-1]) if lines else "there was no output"


def explain_failure(folder: Path) -> str:
    """Return which step of a run failed, and why: what this machine lacks, or the last line of the step's log."""
    workflow_log = folder / "logs" / "workflow.log"
    # On a cluster, the log of the job follows the log of the step.
    pattern = r"Error in rule.*?log: ((?:draw-\d+/)?logs/\S+\.log)(?:, (\S.*?\.log))?"
    failed = re.findall(pattern, workflow_log.read_text(errors="replace"), flags=re.DOTALL)
    log = folder / failed[0][0] if failed else workflow_log
    of_draw = f" of {log.parent.parent.name}" if failed and log.parent.parent != folder else ""
    step = f"{log.stem}{of_draw} failed" if failed else "The workflow stopped"
    output = log.read_text(errors="replace") if log.is_file() else ""
    if "set HF_HOME" in last_line(output):
        # The disk of the downloads, not that of the results.
        return f"{step}: {last_line(output)} Then {RESUME}."
    if shutil.disk_usage(folder).free < _FULL_BYTES or re.search(r"No space left|os error 28", output):
        return f"{step}: the disk of {folder} is full. Free some space, then {RESUME}."
    if re.search(r"File too large|os error 27", output):
        return f"{step}: a file grew beyond the limit of this shell (`ulimit -f`). Raise it, then {RESUME}."
    was_killed = not output or last_line(output) == _KILLED_LINE
    if was_killed and failed and failed[0][1]:
        return f"{step}: its job on the cluster was killed or could not start; see {failed[0][1]}."
    if gpu_error := re.search(r"Error: (CUDA [^.\n]*)", output):
        return (
            f"{step}: its GPU failed ({gpu_error[1]}). Check that `nvidia-smi` shows it with free memory, then "
            f"{RESUME} (full log: {log})."
        )
    out_of_memory = r"MemoryError|annot allocate memory|failed to map segment|bad_alloc|Out of memory"
    if was_killed or re.search(out_of_memory, output):
        return f"{step}: it ran out of memory or was killed. --jobs 1 needs the least memory; {RESUME}."
    return f"{step}: {last_line(output)} (full log: {log})"
