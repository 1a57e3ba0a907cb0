"""Invoke tasks as a user runs them, and the results that they leave."""

import os
import subprocess
import sys
from pathlib import Path

from invoke import Collection, Program

import tasks
from repro.engine.paths import ROOT

# In seconds: only a process that hangs takes so long, however loaded the machine is.
HANGING = 1800

# Secrets in the environment. A run must never write them anywhere.
CANARIES = {
    "HF_TOKEN": "hf_canaryAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "HUGGING_FACE_HUB_TOKEN": "hf_canaryBBBBBBBBBBBBBBBBBBBBBBBBBB",
    "OPENAI_API_KEY": "sk-canaryCCCCCCCCCCCCCCCCCCCCCCCCC",
    "ANTHROPIC_API_KEY": "sk-ant-canaryDDDDDDDDDDDDDDDDDDDD",
    "AWS_SECRET_ACCESS_KEY": "canaryEEEEEEEEEEEEEEEEEEEEEEEEEEEE",
    "GITHUB_TOKEN": "ghp_canaryFFFFFFFFFFFFFFFFFFFFFFFF",
}


def start_invoke(results: Path, *arguments: str, root: Path = ROOT, **options) -> subprocess.Popen[str]:
    """Start an Invoke task in a process group of its own."""
    command = [str(Path(sys.executable).with_name("invoke")), *arguments]
    return subprocess.Popen(
        command,
        cwd=root,
        env=os.environ | CANARIES | {"SUPERFICIAL_RESULTS": str(results)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def invoke(results: Path, *arguments: str, **options) -> tuple[int, str, str]:
    """Run an Invoke task, and return its exit status, its output and its error output."""
    process = start_invoke(results, *arguments, **options)
    out, error = process.communicate()
    return process.returncode, out, error


def invoke_here(*arguments: str) -> int:
    """Run an Invoke task in this process, where torch is loaded already, and return its exit status.

    What goes wrong without a sentence for the user is raised.
    """
    try:
        Program(namespace=Collection.from_module(tasks)).run(["invoke", *arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def flip_a_bit(path: Path) -> None:
    """Damage a file in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def result_files(folder: Path) -> dict[str, bytes]:
    """The content of every file that a reader may quote: scores, tables, figures and claims."""
    files = [folder / "claims.json"]
    files += [p for part in ("scores", "tables", "figures") for p in (folder / part).rglob("*") if p.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
