"""Extract and measure the superficial knowledge in alignment (Chen et al., NAACL 2025).

The names below are the public interface: extract a head for a pair of models, save it, load it, apply it to a model,
inspect it, and compare it with another. They are imported when they are first used, so that programs that only read
results need not wait for torch.

Example:
    >>> from superficial import extract, load_head, load_model
    >>> base, tokenizer = load_model(folder / "base")
    >>> aligned, _ = load_model(folder / "aligned")
    >>> extract(base, aligned, tokenizer, prompts, max_new_tokens=8).save(folder / "head")
    >>> head = load_head(folder / "head", base, tokenizer)
    >>> rising = [change.token for change in head.inspection.rises]
    >>> with head.with_strength(0.8).applied_to(base) as logits_processors:
    ...     output = base.generate(**inputs, max_new_tokens=8, do_sample=False, logits_processor=logits_processors)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from superficial.config.distillation import BlackBoxSettings, DistillationSettings
    from superficial.distillation.heads import DEFAULT_BLACK_BOX_SETTINGS, DEFAULT_RESIDUAL_SETTINGS
    from superficial.extraction import extract
    from superficial.heads.black_box import BlackBoxHead
    from superficial.heads.comparison import compare_heads
    from superficial.heads.inspection import inspect_head
    from superficial.heads.loading import load_head
    from superficial.heads.residual import ResidualHead
    from superficial.models.loading import load_model

__version__ = "1.0.0"

_MODULES = {
    "DEFAULT_BLACK_BOX_SETTINGS": "distillation.heads",
    "DEFAULT_RESIDUAL_SETTINGS": "distillation.heads",
    "BlackBoxHead": "heads.black_box",
    "BlackBoxSettings": "config.distillation",
    "DistillationSettings": "config.distillation",
    "ResidualHead": "heads.residual",
    "compare_heads": "heads.comparison",
    "extract": "extraction",
    "inspect_head": "heads.inspection",
    "load_head": "heads.loading",
    "load_model": "models.loading",
}

__all__ = [
    "DEFAULT_BLACK_BOX_SETTINGS",
    "DEFAULT_RESIDUAL_SETTINGS",
    "BlackBoxHead",
    "BlackBoxSettings",
    "DistillationSettings",
    "ResidualHead",
    "compare_heads",
    "extract",
    "inspect_head",
    "load_head",
    "load_model",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
