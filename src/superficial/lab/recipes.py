"""Which modules a training loads by name.

A call of stage `train` then depends only on the code of its own kind of training, and on judges only with early
stopping: an edit of `lab.conversations` does not pretrain the base models again. `repro/workflow.py` declares the same
modules as dependencies.
"""

from __future__ import annotations

from superficial.config import Finetuned, Pretrained, Profile
from superficial.judges.kinds import judge_modules

VALIDATION = "superficial.lab.validation"


def preparation_module(recipe: Pretrained | Finetuned) -> str:
    """Return the module whose `prepare` makes the model and the data of a training."""
    return "superficial.lab.pretraining" if isinstance(recipe, Pretrained) else "superficial.lab.finetuning"


def training_modules(profile: Profile, recipe: Pretrained | Finetuned) -> list[str]:
    """Return all modules that a training loads by name."""
    stopping = recipe.early_stopping if isinstance(recipe, Finetuned) else None
    validation = [VALIDATION, *judge_modules(profile.judge_of(stopping.benchmark))] if stopping else []
    return [preparation_module(recipe), *validation]
