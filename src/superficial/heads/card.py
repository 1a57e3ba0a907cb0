"""The card of a head: which model it was made for, and which of its numbers are true only as trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# The fields with fingerprints of a model's weights, see `models.identity`; two models are the same if one agrees.
WEIGHT_FINGERPRINTS = ("weights", "weights_float16")
# No longer true of a head at a different strength or rank.
_MEASURED = ("validation_kl", "validation_kl_after", "best_validation_kl_by_seed", "best_validation_kl_by_k")


def without_measurements(card: dict[str, Any]) -> dict[str, Any]:
    """Return a card for a changed head: without what was measured of the head as trained."""
    return {name: value for name, value in card.items() if name not in _MEASURED}


def same_base(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Return whether the cards of two heads name the same weights, maybe in different data types."""
    return any(
        fingerprint is not None and fingerprint == right.get("base", {}).get(name)
        for name, fingerprint in left.get("base", {}).items()
        if name in WEIGHT_FINGERPRINTS
    )


def check_base(card: dict[str, Any], fingerprints: dict[str, str], model: PreTrainedModel) -> None:
    """Check that a head was made for a model.

    Args:
        card: the head's card.
        fingerprints: the model's, by their fields in the card, see `models.identity`; one of them must agree.
        model: the model, for the message.

    Raises:
        ValueError: if the card names a different model, or none; the message names both.
    """
    base = card.get("base", {})
    if any(base.get(name) == fingerprint for name, fingerprint in fingerprints.items()):
        return
    property_name, fingerprint = next(iter(fingerprints.items()))
    known = (
        f"{base.get('name')} ({property_name} {str(base.get(property_name))[:16]})"
        if base
        else "a model that its card does not name"
    )
    this = model.name_or_path or "a different model"
    raise ValueError(f"This head was made for {known}, and this is {this} ({property_name} {fingerprint[:16]}).")
