"""Planted records of stage calls."""

from pathlib import Path

from superficial.files import sha256
from superficial.reporting.provenance import Code, Record


def record_of(
    folder: Path,
    stage: str,
    name: str = "",
    inputs: tuple[str, ...] = (),
    outputs: tuple[str, ...] = (),
    seconds: float = 1.0,
) -> Record:
    """Return the record of a call that read and wrote files of a results folder, with their present content."""
    return Record(
        stage=stage,
        name=name,
        command=f"python -m repro.engine.stage {stage}",
        started="2026-01-02T03:04:05.000+00:00",
        seconds=seconds,
        profile_section={"seed": 1},
        seeds={"seed": 1},
        inputs={path: sha256(folder / path) for path in inputs},
        sources={},
        outputs={path: sha256(folder / path) for path in outputs},
        code=Code(sha256="c" * 64, commit="d" * 40, changed_since_commit=True),
        packages={"torch": "2.0"},
        device="cpu",
        threads=1,
        deterministic=True,
    )
