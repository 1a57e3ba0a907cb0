"""Which model a head was made for: its name, its revision, and fingerprints of what it holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_DIGITS = 16


@dataclass(frozen=True)
class ModelIdentity:
    """A model's name (of a hub, or its folder's), its revision where it has one, and two fingerprints.

    `weights` is of all parameters, rounded to bfloat16, so that it is the same in whatever dtype they are loaded;
    `vocabulary` is of the tokens and their numbers.
    """

    name: str
    revision: str | None
    weights: str
    vocabulary: str

    def __str__(self) -> str:
        return f"{self.name} (weights {self.weights[:_DIGITS]})"


def identify(model: PreTrainedModel, tokenizer: Any) -> ModelIdentity:
    """Return the identity of a loaded model and its tokenizer."""
    name, revision = _origin(model.name_or_path or "")
    revision = revision or getattr(model.config, "_commit_hash", None)
    return ModelIdentity(name, revision, weights_fingerprint(model), vocabulary_fingerprint(tokenizer))


def weights_fingerprint(model: PreTrainedModel) -> str:
    """Return the SHA-256 of all parameters in the order of their names, rounded to bfloat16."""
    parameters = dict(model.named_parameters(remove_duplicate=False))
    if any(parameter.is_meta for parameter in parameters.values()):
        # Those that wait on the host for their turn on a card.
        from accelerate.utils.modeling import get_state_dict_offloaded_model

        parameters |= {name: held for name, held in get_state_dict_offloaded_model(model).items() if name in parameters}
    found = hashlib.sha256()
    for name, parameter in sorted(parameters.items()):
        rounded = parameter.detach().to("cpu", torch.bfloat16).contiguous()
        found.update(f"{name} {tuple(rounded.shape)}\n".encode())
        found.update(rounded.view(torch.int16).numpy().tobytes())
    return found.hexdigest()


def vocabulary_fingerprint(tokenizer: Any) -> str:
    """Return the SHA-256 of the tokens and their numbers."""
    return digest(sorted(tokenizer.get_vocab().items()))


def digest(content: Any) -> str:
    """Return the SHA-256 of something that JSON can hold."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _origin(path: str) -> tuple[str, str | None]:
    """Return name and revision of where a model was loaded from; a folder is named without its parents."""
    parts = Path(path).parts
    if len(parts) > 2 and parts[-2] == "snapshots":
        return parts[-3].removeprefix("models--").replace("--", "/"), parts[-1]
    return (parts[-1] if parts else "unnamed") if Path(path).exists() else path or "unnamed", None
