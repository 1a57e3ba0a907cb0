"""Which model a head was made for: its name, its revision, and fingerprints of its weights and vocabulary.

The same model is often loaded in several data types. A fingerprint is of weights rounded to one type, so it is the same
for all types that hold at least as many digits. No single rounding does for both 16-bit types: bfloat16 has fewer
digits, float16 a smaller range. So there are two, and models are the same if they agree in one of them. Only weights
stored in float32 differ in both when they are loaded once as bfloat16 and once as float16: each has lost what the other
has.
"""

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
# The fields with the fingerprints of weights, and to which type these are rounded.
_ROUNDED = {"weights": torch.bfloat16, "weights_float16": torch.float16}


@dataclass(frozen=True)
class ModelIdentity:
    """A model's name (its id on a hub, or that of its folder), its revision if it has one, and two fingerprints.

    `weights` covers all parameters, rounded to bfloat16; `weights_float16` covers them rounded to float16.
    `vocabulary` covers the tokens and their ids.
    """

    name: str
    revision: str | None
    weights: str
    weights_float16: str
    vocabulary: str

    def __str__(self) -> str:
        return f"{self.name} (weights {self.weights[:_SHOWN_DIGITS]})"


def identify(model: PreTrainedModel, tokenizer: Any) -> ModelIdentity:
    """Return the identity of a loaded model and its tokenizer."""
    name, revision = name_and_revision(model.name_or_path or "")
    revision = revision or getattr(model.config, "_commit_hash", None)
    return ModelIdentity(name, revision, **weights_fingerprints(model), vocabulary=vocabulary_fingerprint(tokenizer))


def weights_fingerprints(model: PreTrainedModel) -> dict[str, str]:
    """Return the SHA-256 of all parameters in the order of their names: `weights` and `weights_float16`."""
    parameters = dict(model.named_parameters(remove_duplicate=False))
    if any(parameter.is_meta for parameter in parameters.values()):
        # Weights that accelerate keeps on the host until a GPU needs them.
        from accelerate.utils.modeling import get_state_dict_offloaded_model

        offloaded = get_state_dict_offloaded_model(model)
        parameters |= {name: weights for name, weights in offloaded.items() if name in parameters}
    digests = {name: hashlib.sha256() for name in _ROUNDED}
    for name, parameter in sorted(parameters.items()):
        for fingerprint, dtype in _ROUNDED.items():
            rounded = parameter.detach().to("cpu", dtype).contiguous()
            digests[fingerprint].update(f"{name} {tuple(rounded.shape)}\n".encode())
            digests[fingerprint].update(rounded.view(torch.int16).numpy().tobytes())
    return {name: sha256.hexdigest() for name, sha256 in digests.items()}


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
