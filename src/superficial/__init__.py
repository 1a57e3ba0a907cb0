"""Extract and measure the superficial knowledge in alignment (Chen et al., NAACL 2025).

The names below are the public interface: extract a head for a pair of models, save, load, attach, merge, look at and
compare it. They are imported when they are first used, so that what only reads results need not wait for torch.

Example:
    >>> from superficial import extract, load_head, load_model
    >>> base, tokenizer = load_model(folder / "base")
    >>> aligned, _ = load_model(folder / "aligned")
    >>> extract(base, aligned, tokenizer, prompts, max_new_tokens=8).save(folder / "head")
    >>> head = load_head(folder / "head", base, tokenizer)
    >>> rising = [row["token"] for row in head.inspection["rises"]]
    >>> with head.at(0.8).attached(base) as processors:
    ...     answer = base.generate(**question, max_new_tokens=8, do_sample=False, logits_processor=processors)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from superficial.distillation.residual import DistillationSettings
    from superficial.heads.extraction import extract
    from superficial.heads.head import LogitHead, ResidualHead, load_head
    from superficial.heads.inspection import compare_heads, inspect_head
    from superficial.models.loading import load_model

__version__ = "0.1.0"

_HOMES = {
    "DistillationSettings": "distillation.residual",
    "LogitHead": "heads.head",
    "ResidualHead": "heads.head",
    "compare_heads": "heads.inspection",
    "extract": "heads.extraction",
    "inspect_head": "heads.inspection",
    "load_head": "heads.head",
    "load_model": "models.loading",
}

__all__ = [
    "DistillationSettings",
    "LogitHead",
    "ResidualHead",
    "compare_heads",
    "extract",
    "inspect_head",
    "load_head",
    "load_model",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
