"""A profile of some variants alone: only their worlds, models, pairs and heads, and the reports that remain of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from superficial.config.profile import Profile


def pairs_of(profile: Profile, heads: list[str]) -> set[str]:
    """Return the pairs that heads are learned from, and those whose responses these pairs read."""
    pairs = {pair for head in heads for pair in profile.pairs_of_head(head)}
    return pairs | {first for pair in pairs if (first := profile.pair_with_same_responses(pair)) is not None}


def profile_of_variants(profile: Profile, variants: list[str], name: str) -> Profile:
    """Return a profile of some variants. Studies, views and controls that need any other are left out.

    Raises:
        ValueError: if no base with its aligned model and a student is among the variants.
    """
    heads = [head for head in profile.heads if any(head in profile.heads_used_by(variant) for variant in variants)]
    pairs, sweep = pairs_of(profile, heads), profile.sweep
    if sweep and {sweep.small, sweep.large} <= pairs:
        pairs.add(sweep.large_on_small)
        heads.append(sweep.head)
    else:
        sweep = None
    sets = {key: one for key, one in profile.head_sets.items() if set(one.values()) <= set(heads)}
    recovery = {
        key: whole
        for key, comparisons in profile.recovery.items()
        if (whole := [one for one in comparisons if set(one.model_dump().values()) <= set(variants)])
    }
    if not recovery:
        example = next(iter(profile.recovery[profile.main_comparison])).model_dump().values()
        raise ValueError(
            f"The rows {', '.join(variants)} hold no base with its aligned model and a student, such as "
            f"{', '.join(example)}: nothing could be compared."
        )
    main_head = profile.main_head if profile.main_head in [*heads, *sets] else next(iter([*sets, *heads]))
    models = set().union(*map(profile.models_used_by, variants))
    models |= {model for pair in pairs for model in (profile.pairs[pair].base, profile.pairs[pair].aligned)}
    tuning, several = profile.general_tuning, profile.several_bases
    changes: dict[str, Any] = {
        "name": name,
        "draws": None,
        "worlds": _only(profile.worlds, map(profile.world_of, models)),
        "models": _only(profile.models, models),
        "pairs": _only(profile.pairs, pairs),
        "heads": _only(profile.heads, heads),
        "head_sets": sets,
        "main_head": main_head,
        "variants": _only(profile.variants, variants),
        "tables": {
            key: {"rows": kept, "measures": table.measures}
            for key, table in profile.tables.items()
            if (kept := [row for row in table.rows if row in variants])
        },
        "recovery": recovery,
        "main_comparison": profile.main_comparison if profile.main_comparison in recovery else next(iter(recovery)),
        "transfer_comparison": profile.transfer_comparison if profile.transfer_comparison in recovery else None,
        "generality_comparisons": [key for key in profile.generality_comparisons if key in recovery],
        "baselines": [
            {"student": one.student, "others": kept}
            for one in profile.baselines
            if one.student in variants and (kept := [other for other in one.others if other in variants])
        ],
        "attacks": [one for one in profile.attacks if set(one.model_dump().values()) <= set(variants)],
        "general_tuning": tuning if tuning and set(tuning.model_dump().values()) <= set(variants) else None,
        "several_bases": several if several and set(several.model_dump().values()) <= set(variants) else None,
        "examples": {key: one for key, one in profile.examples.items() if one.comparison in recovery},
        "sweep": sweep,
    } | _of_the_lab(profile, heads, pairs, recovery)
    return Profile.model_validate(profile.model_dump() | _plain(changes))


def _of_the_lab(profile: Profile, heads: list[str], pairs: set[str], recovery: dict[str, Any]) -> dict[str, Any]:
    """Return the sections that only profiles of the lab have, each None where it needs more than is left."""
    controls, study, view = profile.controls, profile.sensitivity, profile.view
    depth, size = profile.depth, profile.size
    if controls:
        comparisons = {controls.head_only, controls.shuffled, controls.backbone} - {None}
        controls = controls if controls.same in heads and comparisons <= set(recovery) else None
    if study:
        read = {way.pair for ways in study.axes.values() for way in ways.values()} - {None}
        study = study if study.comparison in recovery and read <= pairs else None
    if view:
        view = view if {view.head, view.black_box_head} - {None} <= set(heads) else None
    # Their pairs have no heads, and so belong to no variant.
    depth = depth if depth and {depth.pair, *depth.planted} <= pairs else None
    size = size if size and size.comparison in recovery else None
    return {"controls": controls, "sensitivity": study, "view": view, "depth": depth, "size": size}


def _only(section: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    kept = set(names)
    return {name: value for name, value in section.items() if name in kept}


def _plain(value: Any) -> Any:
    """Return settings as plain data."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.model_dump() if hasattr(value, "model_dump") else value
