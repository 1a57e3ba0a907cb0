"""A head, and the difference of two, as a reader sees them in a terminal."""

from __future__ import annotations

from typing import Any

_TOKENS = 10
_POSITIONS = 10


def head_text(card: dict[str, Any], inspection: dict[str, Any]) -> str:
    """Return what a head is and what it changes; `knowledge.inspection` says what the fields mean."""
    size = " x ".join(map(str, inspection["shape"]))
    strength = f"strength {inspection['alpha']:g}"
    kind = "residual head dW" if inspection["kind"] == "residual" else f"black-box knowledge, k = {card['k']},"
    before, after = (f"{inspection['kl'][name]:.4f}" for name in ("base", "superficial"))
    lines = [
        f"{kind} {size}, {strength}",
        *(f"{name}: {_model(card[name])}" for name in ("base", "aligned") if isinstance(card.get(name), dict)),
        f"licence: {card.get('licence', 'not said')}",
        f"KL to the aligned model on {inspection['prompts']} validation prompts, {inspection['positions']} positions: "
        f"{before} nats without, {after} with the head",
        "",
        "position  responses  KL without  KL with",
        *(
            f"{row['position']:8d}  {row['prompts']:9d}  {row['kl_base']:10.4f}  {row['kl_superficial']:7.4f}"
            for row in inspection["kl_by_position"][:_POSITIONS]
        ),
        "",
        *(
            f"logits that {verb} most, on average: "
            + ", ".join(f"{row['token']!r} {row['mean_change']:+.2f}" for row in inspection[name][:_TOKENS])
            for name, verb in (("rises", "rise"), ("falls", "fall"))
        ),
        "",
        "share of the energy by rank: "
        + ", ".join(f"{row['rank']}: {row['share']:.3f}" for row in inspection["energy_by_rank"]),
    ]
    return "\n".join(lines)


def comparison_text(comparison: dict[str, Any]) -> str:
    """Return how two heads differ; see `knowledge.inspection.compare_heads`."""
    cosine = comparison["cosine"]
    shared = {
        name: "not known" if (share := comparison[f"{name}_shared"]) is None else f"{share:.0%}"
        for name in ("rises", "falls")
    }
    lines = [
        f"made for one base model: {'yes' if comparison['same_base'] else 'no, or not known'}",
        f"norms: {comparison['norms'][0]:.4g} and {comparison['norms'][1]:.4g}",
        f"cosine of the two changes: {'none, one head is 0' if cosine is None else f'{cosine:.4f}'}",
        "overlap of the first directions that they read, by rank: "
        + ", ".join(f"{row['rank']}: {row['overlap']:.3f}" for row in comparison["overlap_by_rank"]),
        f"of the tokens that rise most, in both: {shared['rises']}; that fall most: {shared['falls']}",
    ]
    return "\n".join(lines)


def _model(identity: dict[str, Any]) -> str:
    revision = f" at {identity['revision']}" if identity.get("revision") else ""
    return f"{identity['name']}{revision}, weights {identity['weights'][:16]}"
