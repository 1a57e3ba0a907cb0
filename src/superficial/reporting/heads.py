"""A head, and the difference of two heads, as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from superficial.heads.files import Inspection

if TYPE_CHECKING:
    from superficial.heads.comparison import HeadComparison

_TOKENS = 10
_POSITIONS = 10
_PACKAGES = ("superficial", "torch", "transformers", "tokenizers")


class _Identity(BaseModel):
    name: str
    weights: str
    revision: str | None = None


class _Card(BaseModel):
    superficial: str | None = None
    torch: str | None = None
    transformers: str | None = None
    tokenizers: str | None = None
    k: int | None = None
    base: _Identity | None = None
    aligned: _Identity | None = None
    licence: str = "unknown"


def head_text(card: dict[str, Any], inspection: Inspection) -> str:
    """Return what a head is and what it changes.

    Raises:
        ValueError: if a field of the card has a value that it cannot have.
    """
    try:
        return _head_text(_Card.model_validate(card), inspection)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise ValueError(f"The head's card has a wrong field {field!r}: {first['msg']}.") from error


def _head_text(card: _Card, inspection: Inspection) -> str:
    size = " x ".join(map(str, inspection.shape))
    versions = [f"{name} {number}" for name in _PACKAGES if (number := getattr(card, name))]
    kind = "residual head dW" if inspection.kind == "residual" else f"black-box head, k = {card.k},"
    lines = [
        f"{kind} {size}, strength {inspection.alpha:g}",
        *(f"{name}: {_model(model)}" for name, model in (("base", card.base), ("aligned", card.aligned)) if model),
        f"licence: {card.licence}",
        *([f"saved with {', '.join(versions)}"] if versions else []),
        f"KL to the aligned model on {inspection.prompts} validation prompts, {inspection.positions} positions: "
        f"{inspection.kl.base:.4f} nats without, {inspection.kl.superficial:.4f} with the head",
        "",
        "position  responses  KL without  KL with",
        *(
            f"{row.position:8d}  {row.prompts:9d}  {row.kl_base:10.4f}  {row.kl_superficial:7.4f}"
            for row in inspection.kl_by_position[:_POSITIONS]
        ),
        "",
        *(
            f"logits that {verb} most, on average: "
            + ", ".join(f"{row.token!r} {row.mean_change:+.2f}" for row in rows[:_TOKENS])
            for rows, verb in ((inspection.rises, "rise"), (inspection.falls, "fall"))
        ),
        "",
        "share of the energy by rank: "
        + ", ".join(f"{row.rank}: {row.share:.3f}" for row in inspection.energy_by_rank),
    ]
    return "\n".join(lines)


def comparison_text(comparison: HeadComparison) -> str:
    """Return how two heads differ."""
    cosine = "undefined, one head is 0" if comparison.cosine is None else f"{comparison.cosine:.4f}"
    overlap = ", ".join(f"{rank}: {share:.3f}" for rank, share in comparison.overlap_by_rank.items())
    rises, falls = map(_share, (comparison.rises_shared, comparison.falls_shared))
    lines = [
        f"for the same base model: {'yes' if comparison.same_base else 'no, or unknown'}",
        f"norms: {comparison.norms[0]:.4g} and {comparison.norms[1]:.4g}",
        f"cosine of the two changes: {cosine}",
        f"overlap of the leading directions that they read, by rank: {overlap}",
        f"shared among the tokens that rise most: {rises}; that fall most: {falls}",
    ]
    return "\n".join(lines)


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.0%}"


def _model(identity: _Identity) -> str:
    revision = f" at {identity.revision}" if identity.revision else ""
    return f"{identity.name}{revision}, weights {identity.weights[:16]}"
