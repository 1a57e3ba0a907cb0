"""From traces to a head with a card that says how it was learned and chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from superficial.distillation.black_box import distil_logit_head
from superficial.distillation.residual import DistillationSettings, Distilled, distil
from superficial.heads.head import LogitHead, ResidualHead
from superficial.traces.output_head import OutputHead
from superficial.traces.trace import Trace, near


def learn_residual_head(
    base: OutputHead,
    aligned: OutputHead,
    train: Trace,
    validation: Trace,
    settings: DistillationSettings,
    further_seeds: Sequence[int] = (),
    advance: Callable[[int], None] = lambda _: None,
) -> ResidualHead:
    """Learn dW by `distil`; `further_seeds` only show how much the validation KL depends on the seed."""
    train, validation = (near(trace, base.weight.device) for trace in (train, validation))
    seeds = (settings.seed, *further_seeds)
    found = {
        seed: distil(base, aligned, train, validation, replace(settings, seed=seed), advance)
        for seed in dict.fromkeys(seeds)
    }
    best = found[settings.seed]
    by_seed = {str(seed): min(one.validation_kl) for seed, one in found.items()}
    card = _card(settings, best, train, validation) | {"best_validation_kl_by_seed": by_seed}
    return ResidualHead(best.delta, card=card)


def learn_logit_heads(
    base: OutputHead,
    aligned: OutputHead,
    train: Trace,
    validation: Trace,
    settings: DistillationSettings,
    ks: Sequence[int],
    advance: Callable[[int], None] = lambda _: None,
) -> list[LogitHead]:
    """Learn W_trans at each k by `distil_logit_head`; the head with the lowest validation KL comes first."""
    train, validation = (near(trace, base.weight.device) for trace in (train, validation))
    found = {k: distil_logit_head(base, aligned, train, validation, k, settings, advance) for k in ks}
    by_k = {str(k): min(one.validation_kl) for k, one in found.items()}
    return [
        LogitHead(
            found[k].delta,
            k,
            card=_card(settings, found[k], train, validation) | {"k": k, "best_validation_kl_by_k": by_k},
        )
        for k in sorted(found, key=lambda k: min(found[k].validation_kl))
    ]


def _card(settings: DistillationSettings, found: Distilled, train: Trace, validation: Trace) -> dict[str, Any]:
    return asdict(settings) | {
        "validation_kl": found.validation_kl,
        "validation_kl_before": found.validation_kl[0],
        "validation_kl_after": min(found.validation_kl),
        "largest_change": found.delta.abs().max().item(),
        "positions": {"train": len(train.token), "validation": len(validation.token)},
    }
