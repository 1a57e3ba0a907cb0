"""Two tiny checkpoints that differ in their output heads alone, and a file of prompts, as a user brings them."""

from pathlib import Path
from typing import Any

import torch

from superficial.heads.merging import merge
from tests.support.tiny_models import tiny_model


def write_pair(folder: Path, tokenizer: Any, prompts: list[str]) -> Path:
    """Write `base`, `aligned` and `prompts.txt` into a folder, and return it."""
    torch.manual_seed(9)
    for name in ("base", "aligned"):
        model = tiny_model("llama", 0)
        if name == "aligned":
            merge(model, 0.3 * torch.randn_like(model.lm_head.weight))
        model.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
    (folder / "prompts.txt").write_text("\n".join(prompts))
    return folder
