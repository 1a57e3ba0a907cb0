"""Converts pickled weights of a checkpoint to safetensors, without running the code that a pickle can contain.

`torch.load(weights_only=True)` reads tensors and nothing else. It runs in a process of its own that sees no secret of
this one, and only on files with the hash that their hub lists.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import is_zipfile

from superficial.files import sha256

RECORD = "conversion.json"
_INDEX = "model.safetensors.index.json"
# Of this process's environment, what Python and torch need.
_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "PYTHONPATH")
_MAX_CHARACTERS = 200


def convert(folder: Path, hashes: dict[str, str | None], target: Path, identity: str) -> None:
    """Write a checkpoint with pickled weights as one with safetensors, and a record of it as `conversion.json`.

    Args:
        folder: the checkpoint as published.
        hashes: its weight files, with the SHA-256 that the hub lists; None where nobody published one.
        target: an existing folder; everything else of the checkpoint is copied to it.
        identity: the name of the checkpoint in messages.

    Raises:
        ValueError: if a file has a different hash, or contains anything but tensors.
    """
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-m", __name__, str(folder), str(target)]
    done = subprocess.run(
        command, input=json.dumps(hashes), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise ValueError(f"{identity} cannot be converted: {lines[-1] if lines else 'the process was killed.'}")
    for file in folder.iterdir():
        if file.is_file() and file.name not in hashes and not file.name.endswith(".bin.index.json"):
            shutil.copyfile(file, target / file.name)


def _convert_here(folder: Path, hashes: dict[str, str | None], target: Path) -> None:
    """Convert each weight file to one of the same name with the suffix of safetensors, in the process of `convert`."""
    found = {name: sha256(folder / name) for name in sorted(hashes)}
    for name, digest in found.items():
        if hashes[name] not in (None, digest):
            raise ValueError(f"{name} has SHA-256 {digest}, the hub lists {hashes[name]}.")
    import torch
    from safetensors.torch import save_file

    places: dict[str, str] = {}
    record: dict[str, dict[str, str | int]] = {}
    total = 0
    for name in found:
        source = folder / name
        # Read piece by piece where the format allows it.
        tensors = torch.load(source, map_location="cpu", weights_only=True, mmap=is_zipfile(source))
        if not isinstance(tensors, dict) or not all(isinstance(value, torch.Tensor) for value in tensors.values()):
            raise ValueError(f"{name} is not a dictionary of tensors.")
        written = name.replace("pytorch_model", "model").replace(".bin", ".safetensors")
        # Tensors that share memory cannot be stored as such.
        save_file(
            {key: value.contiguous().clone() for key, value in tensors.items()}, target / written, {"format": "pt"}
        )
        places |= dict.fromkeys(tensors, written)
        total += sum(value.nbytes for value in tensors.values())
        record[name] = {
            "sha256": found[name],
            "checked_against": "the hub's listing" if hashes[name] else "nothing",
            "written_as": written,
            "sha256_of_written": sha256(target / written),
            "tensors": len(tensors),
        }
    if len(hashes) > 1:
        index = {"metadata": {"total_size": total}, "weight_map": places}
        (target / _INDEX).write_text(json.dumps(index, indent=1), encoding="utf-8")
    content = {"by": f"torch {torch.__version__}, weights_only=True", "files": record}
    (target / RECORD).write_text(json.dumps(content, indent=1), encoding="utf-8")


def _explain(error: Exception) -> str:
    """Return one sentence on a file that torch refuses."""
    message = " ".join(str(error).split())
    refused = re.search(r"Unsupported (?:global: GLOBAL|class|operand) ([\w.]+)", message)
    if refused:
        return f"its pickle names {refused[1]}, which could run code; only tensors are read."
    return message[:_MAX_CHARACTERS]


def main() -> None:
    """Convert the checkpoint that the command line names; the hashes come from standard input."""
    try:
        _convert_here(Path(sys.argv[1]), json.load(sys.stdin), Path(sys.argv[2]))
    except Exception as error:
        sys.exit(_explain(error))


if __name__ == "__main__":
    main()
