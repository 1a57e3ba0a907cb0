"""Which model a head was made for: its name, its revision, and fingerprints of its weights and vocabulary."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_SHOWN_DIGITS = 16


@dataclass(frozen=True)
class ModelIdentity:
    """A model's name (its id on a hub, or that of its folder), its revision if it has one, and two fingerprints.

    `weights` covers all parameters, rounded to bfloat16, so that it is the same whatever dtype they are loaded in.
    `vocabulary` covers the tokens and their ids.
    """

    name: str
    revision: str | None
    weights: str
    vocabulary: str

    def __str__(self) -> str:
        return f"{self.name} (weights {self.weights[:_SHOWN_DIGITS]})"


def identify(model: PreTrainedModel, tokenizer: Any) -> ModelIdentity:
    """Return the identity of a loaded model and its tokenizer."""
    name, revision = name_and_revision(model.name_or_path or "")
    revision = revision or getattr(model.config, "_commit_hash", None)
    return ModelIdentity(name, revision, weights_fingerprint(model), vocabulary_fingerprint(tokenizer))


def weights_fingerprint(model: PreTrainedModel) -> str:
    """Return the SHA-256 of all parameters in the order of their names, rounded to bfloat16."""
    parameters = dict(model.named_parameters(remove_duplicate=False))
    if any(parameter.is_meta for parameter in parameters.values()):
        # Weights that accelerate keeps on the host until a GPU needs them.
        from accelerate.utils.modeling import get_state_dict_offloaded_model

        offloaded = get_state_dict_offloaded_model(model)
        parameters |= {name: weights for name, weights in offloaded.items() if name in parameters}
    sha256 = hashlib.sha256()
    for name, parameter in sorted(parameters.items()):
        rounded = parameter.detach().to("cpu", torch.bfloat16).contiguous()
        sha256.update(f"{name} {tuple(rounded.shape)}\n".encode())
        sha256.update(rounded.view(torch.int16).numpy().tobytes())
    return sha256.hexdigest()


def vocabulary_fingerprint(tokenizer: Any) -> str:
    """Return the SHA-256 of the tokens and their ids."""
    return digest(sorted(tokenizer.get_vocab().items()))


def digest(content: Any) -> str:
    """Return the SHA-256 of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def name_and_revision(path: str) -> tuple[str, str | None]:
    """Return the name and the revision of a loaded model; a local folder is named without its parents."""
    parts = Path(path).parts
    if len(parts) > 2 and parts[-2] == "snapshots":
        return parts[-3].removeprefix("models--").replace("--", "/"), parts[-1]
    return (parts[-1] if parts else "unnamed") if Path(path).exists() else path or "unnamed", None
