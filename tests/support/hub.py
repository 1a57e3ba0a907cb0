"""Repositories on the stand-in hub, and a client of it, for tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

from repro.engine.paths import ROOT
from repro.engine.rehearsal.hub import TOKEN, StandInHub, settings_of
from tests.support.commands import HANGING

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = bytes(range(256)) * 64
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
# In a process of its own, since the hub library reads its settings when it is imported. Nobody waits in a test.
BEGIN = "import sys, time; time.sleep = lambda seconds: None\n"
DOWNLOAD = f"""
from superficial.downloads.listing import Repository
from superficial.models.hub import download_model
try:
    print(download_model(Repository("model", "a/b", "{COMMIT}")))
except ValueError as error:
    sys.exit(str(error))
"""


def write_model(folder: Path, **files: bytes | None) -> Path:
    """Write the files of a small model; `files` are others by name, None for one that is left out."""
    index = {"weight_map": {"a": SHARDS[0], "b": SHARDS[1]}}
    contents = {
        "config.json": b"{}",
        "tokenizer.json": b'{"model": {}}',
        "model.safetensors.index.json": json.dumps(index).encode(),
        SHARDS[0]: WEIGHTS,
        SHARDS[1]: WEIGHTS[::-1],
        "pytorch_model.bin": b"not needed",
        "onnx/model.onnx": b"not needed",
    } | files
    for name, content in contents.items():
        if content is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return folder


def environment_of(hub: StandInHub | str, cache: Path, token: str = TOKEN, **others: str) -> dict[str, str]:
    """Return the environment of a client: a cache of its own, transfer by plain HTTP, and much time."""
    address = hub if isinstance(hub, str) else hub.address
    settings = settings_of(address, cache, token) | {"HF_HUB_DISABLE_XET": "1"}
    # Of the hub's client, in seconds: on a loaded machine even a hub on loopback may take longer than its ten.
    settings |= {"HF_HUB_ETAG_TIMEOUT": str(HANGING), "HF_HUB_DOWNLOAD_TIMEOUT": str(HANGING)}
    return os.environ | settings | others


def client(
    hub: StandInHub | str, cache: Path, program: str = DOWNLOAD, *, token: str = TOKEN, **others: str
) -> subprocess.CompletedProcess[str]:
    """Run a program on the stand-in hub, or on an address; without one, download the model a/b at `COMMIT`."""
    command = [sys.executable, "-c", BEGIN + program]
    environment = environment_of(hub, cache, token, **others)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line of a failed client."""
    assert done.returncode, done.stdout
    return done.stderr.strip().splitlines()[-1]
