"""Files, code and order of the stages that study and report what was made: sweep, ..., claims.

Paths are relative to the results folder. `repro/workflow.py` uses these functions; each takes a profile and the name
that the stage is called on.
"""

from __future__ import annotations

from typing import Any

from repro.engine.beyond import depth_files, neighbour_files, size_files
from repro.engine.making import all_judge_modules, model_file, questions
from superficial import artifacts as at
from superficial.config import Profile, profile_of_draw


def sweep_inputs(profile: Profile, _: str) -> list[str]:
    assert profile.sweep is not None, "the stage is called only where the profile has a sweep"
    pairs = (profile.sweep.small, profile.sweep.large, profile.sweep.large_on_small)
    return [at.HEAD.of(head=profile.sweep.head), *(at.OUTPUT_HEADS.of(pair=pair) for pair in pairs)]


def sweep_section(profile: Profile, _: str) -> dict[str, Any]:
    assert profile.sweep is not None, "the stage is called only where the profile has a sweep"
    return {"sweep": profile.sweep, "benchmarks": profile.benchmarks_distilled(profile.sweep.head)}


def axes(profile: Profile) -> list[str]:
    return list(profile.sensitivity.axes) if profile.sensitivity else []


def sensitivity_inputs(profile: Profile, axis: str) -> list[str]:
    assert profile.sensitivity is not None, "the stage is called only where the profile has a study"
    variant = profile.variants[profile.recovery[profile.sensitivity.comparison][0].student]
    assert variant.head is not None, "the student of a comparison has a head"
    world, own = profile.world_of(variant.model), profile.pair_of_head(variant.head)
    pairs = sorted({way.pair or own for way in profile.sensitivity.axes[axis].values()})
    return [
        model_file(profile, variant.model),
        *questions(world),
        at.CONTEXT.of(world=world),
        *(at.OUTPUT_HEADS.of(pair=pair) for pair in pairs),
    ]


def sensitivity_modules(profile: Profile, axis: str) -> list[str]:
    assert profile.sensitivity is not None, "the stage is called only where the profile has a study"
    return all_judge_modules(profile, profile.sensitivity.benchmarks)


def axis_rank(profile: Profile, axis: str) -> int:
    """Return the place of an axis by the epochs that it trains with Adam; the longest is last."""
    assert profile.sensitivity is not None, "the stage is called only where the profile has a study"
    axes = profile.sensitivity.axes

    def epochs(name: str) -> int:
        ways = axes[name].items()
        return sum(profile.distillation_with(way, change.changes).rounds for way, change in ways)

    return sorted(axes, key=epochs).index(axis)


def view_inputs(profile: Profile, _: str) -> list[str]:
    assert profile.view is not None, "the stage is called only where the profile has a view"
    heads = [name for name in (profile.view.head, profile.view.black_box_head) if name]
    name = profile.heads[profile.view.head].pair
    pair = profile.pairs[name]
    return [
        *(model_file(profile, model) for model in (pair.base, pair.aligned)),
        at.OUTPUT_HEADS.of(pair=name),
        at.CONTEXT.of(world=profile.world_of(pair.base)),
        *(at.HEAD.of(head=head) for head in heads),
    ]


def scores(profile: Profile) -> list[str]:
    return [
        at.SCORES.of(variant=variant, benchmark=name)
        for variant in profile.variants
        for name in profile.benchmarks_of(variant)
    ]


def second_scores(profile: Profile) -> list[str]:
    return [
        at.SECOND_SCORES.of(variant=variant, benchmark=name)
        for variant in profile.variants
        for name in profile.benchmarks_of(variant)
        if profile.benchmarks[name].second_judge
    ]


def sweep_files(profile: Profile) -> list[str]:
    return [at.SWEEP.of(), at.SWEEP_OVERLAP.of(), at.SWEEP_ACCURACY.of()] if profile.sweep else []


def of_heads(kind: at.Artifact, profile: Profile) -> list[str]:
    return [kind.of(head=head) for head in profile.heads]


def sensitivity_files(profile: Profile) -> list[str]:
    return [at.SENSITIVITY.of(axis=axis) for axis in axes(profile)]


def table_inputs(profile: Profile, _: str) -> list[str]:
    return [
        *scores(profile),
        *second_scores(profile),
        *of_heads(at.POSITIONS, profile),
        *of_heads(at.CARD, profile),
        *sensitivity_files(profile),
        *depth_files(profile),
        *size_files(profile),
        *neighbour_files(profile),
        *(of_heads(at.INSPECTION, profile) if profile.neighbours() else []),
    ]


def table_outputs(profile: Profile, _: str) -> list[str]:
    # Its imports take time that other stages need not spend.
    from superficial.reporting.tables.registry import table_names

    return [at.TABLE.of(table=table, format=form) for table in table_names(profile) for form in ("csv", "md", "tex")]


def figure_inputs(profile: Profile, _: str) -> list[str]:
    return [
        *of_heads(at.POSITIONS, profile),
        *sweep_files(profile),
        *sensitivity_files(profile),
        *depth_files(profile),
        *size_files(profile),
        *scores(profile),
    ]


def figure_outputs(profile: Profile, _: str) -> list[str]:
    from superficial.reporting.figures.registry import figure_names

    forms = ("pdf", "svg", "png", "csv")
    return [at.FIGURE.of(figure=figure, format=form) for figure in figure_names(profile) for form in forms]


def claim_inputs(profile: Profile, _: str) -> list[str]:
    style = [at.STYLE_TOKENS.of(world=world) for world in (*profile.worlds, *profile.sources)]
    return [
        *scores(profile),
        *second_scores(profile),
        *of_heads(at.POSITIONS, profile),
        *sweep_files(profile),
        *depth_files(profile),
        *style,
    ]


def draws_inputs(profile: Profile, of_set: str) -> list[str]:
    """Return what is read of the draws of a set: verdicts, and every table of numbers."""
    from superficial.reporting.tables.registry import number_tables

    assert profile.draws is not None, "the stage is called only where the profile has draws"
    return [
        f"draw-{number}/{path}"
        for number in profile.draws.numbers(of_set)
        for path in (
            at.CLAIMS.of(),
            *(at.TABLE.of(table=table, format="csv") for table in number_tables(profile_of_draw(profile, number))),
        )
    ]


def draws_outputs(profile: Profile, _: str) -> list[str]:
    from superficial.reporting.draws import FIGURE, TABLES
    from superficial.reporting.figures.registry import FORMATS

    return [
        *(at.TABLE.of(table=table, format=form) for table in TABLES for form in ("csv", "md", "tex")),
        *(at.FIGURE.of(figure=FIGURE, format=form) for form in FORMATS),
    ]
