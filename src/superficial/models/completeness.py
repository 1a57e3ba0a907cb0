"""Whether the weights of a checkpoint are those that its model needs: none is missing, and none is left over."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

_SHOWN = 3
# Left over in many good checkpoints: buffers that are computed, and the pooler of an encoder whose task has none.
_NEVER_NEEDED = re.compile(
    r"(^|\.)pooler\.|(inv_freq|masked_bias|attn\.bias|attention\.bias|position_ids|num_batches_tracked)$"
)


def check_complete(model: PreTrainedModel, report: Mapping[str, Collection[Any]], folder: Path) -> None:
    """Check that a checkpoint had all weights of its model, and none inside the model that it does not use.

    Transformers fills what is missing with random numbers, and ignores what it does not know. Weights outside the
    model, such as the value head of a reward model, are ignored here too.

    Args:
        model: the loaded model.
        report: what `from_pretrained` returns with `output_loading_info`.
        folder: the checkpoint, for the message.

    Raises:
        ValueError: if a weight is missing, has another shape, or is left over; the message has the first names.
    """
    missing = sorted(report["missing_keys"])
    resized = [
        f"{key} {tuple(stored)} for {tuple(needed)}" for key, stored, needed in sorted(report["mismatched_keys"])
    ]
    unknown, kind = sorted(report["unexpected_keys"]), type(model).__name__
    if resized:
        raise ValueError(f"The weights in {folder} are not of the sizes that its config.json says: {_names(resized)}.")
    if missing:
        others = f", and has {_names(unknown)} that it does not know" if unknown else ""
        raise ValueError(f"{folder} lacks weights that {kind} needs: {_names(missing)}{others}.")
    unused = [key for key in unknown if _is_inside(model, key) and not _NEVER_NEEDED.search(key)]
    if unused:
        raise ValueError(
            f"{folder} has weights that {kind} with this config.json does not use: {_names(unused)}. Correct "
            "config.json, or remove them."
        )
    if report["error_msgs"]:
        raise ValueError(f"The weights in {folder} do not fit {kind}: {' '.join(map(str, report['error_msgs']))}")


def _is_inside(model: PreTrainedModel, key: str) -> bool:
    """Return whether a weight's name begins with a part of the model."""
    part = key.split(".")[0]
    return any(part in dict(owner.named_children()) for owner in (model, model.base_model))


def _names(keys: list[str]) -> str:
    others = f" and {len(keys) - _SHOWN} others" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + others
