"""From traces to a trained head with a card that says how it was trained and chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from superficial.config.distillation import BlackBoxSettings, DistillationSettings
from superficial.distillation.joined import Lesson, distil_black_box
from superficial.distillation.occurring_tokens import occurring_tokens
from superficial.distillation.residual import distil
from superficial.distillation.training_loop import Distilled
from superficial.heads.black_box import BlackBoxHead
from superficial.heads.residual import ResidualHead
from superficial.traces.output_head import Pair
from superficial.traces.trace import Trace, to_gpu_if_it_fits

DEFAULT_RESIDUAL_SETTINGS = DistillationSettings()
DEFAULT_BLACK_BOX_SETTINGS = BlackBoxSettings(
    learning_rate=1e-3, epsilon=1e-4, epochs=20, batch_size=256, token_limit=16384
)


def train_residual_head(
    pair: Pair,
    train: Trace,
    validation: Trace,
    settings: DistillationSettings,
    seeds: Sequence[int] = (0,),
    advance: Callable[[int], None] = lambda _: None,
) -> ResidualHead:
    """Train a residual head by `distil`.

    The head is that of the first seed; further seeds only show, in the card, how much the validation KL depends on it.
    """
    train, validation = (to_gpu_if_it_fits(trace, pair.device) for trace in (train, validation))
    by_seed = {seed: distil(pair, train, validation, settings, seed, advance) for seed in dict.fromkeys(seeds)}
    first = by_seed[seeds[0]]
    used = settings.model_dump(include=set(DistillationSettings.model_fields))
    card = used | _measured(first, {"train": len(train), "validation": len(validation)}, seeds[0])
    card["best_validation_kl_by_seed"] = {str(seed): trained.kept_kl for seed, trained in by_seed.items()}
    return ResidualHead(first.matrix, card=card)


def train_black_box_heads(
    pair: Pair,
    train: Trace,
    validation: Trace,
    settings: BlackBoxSettings,
    ks: Sequence[int],
    seed: int = 0,
    advance: Callable[[int], None] = lambda _: None,
    further: Sequence[Lesson] = (),
) -> list[BlackBoxHead]:
    """Train a black-box head at each k by `distil_black_box`; the head with the lowest validation KL comes first.

    `further` are lessons of other pairs of the same vocabulary, from which the head is learned as well.
    """
    lessons = [lesson.on_gpu_if_it_fits() for lesson in (Lesson(pair, train, validation), *further)]
    restrictions = occurring_tokens(lessons, list(dict.fromkeys(ks)), settings)
    by_k = {
        k: distil_black_box(lessons, k, settings, restriction, seed, advance) for k, restriction in restrictions.items()
    }
    positions = {
        "train": sum(len(lesson.train) for lesson in lessons),
        "validation": sum(len(lesson.validation) for lesson in lessons),
    }
    best_kl = {k: trained.kept_kl for k, trained in by_k.items()}
    used = {name: getattr(settings, name) for name in BlackBoxSettings.model_fields}
    heads = []
    for k in sorted(by_k, key=lambda k: best_kl[k]):
        card = used | _measured(by_k[k], positions, seed)
        card |= {"k": k, "best_validation_kl_by_k": {str(k): kl for k, kl in best_kl.items()}}
        heads.append(BlackBoxHead(by_k[k].matrix, k, restrictions[k], card=card))
    return heads


def _measured(trained: Distilled, positions: dict[str, int], seed: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "validation_kl": trained.validation_kl,
        "validation_kl_before": trained.validation_kl[0],
        "validation_kl_after": trained.kept_kl,
        "largest_change": trained.matrix.abs().max().item(),
        "positions": positions,
    }
