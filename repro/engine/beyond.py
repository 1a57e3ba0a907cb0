"""Files and code of the stages beyond the paper: grafts, depth, size, kinds of tokens, neighbouring methods.

Paths are relative to the results folder. `repro/workflow.py` uses these functions; each takes a profile and the name
that the stage is called on.
"""

from __future__ import annotations

from typing import Any

from repro.engine.making import all_judge_modules, benchmark_modules, model_file, questions
from superficial import artifacts as at
from superficial.config import SPLITS, Grafted, Profile


def graft_inputs(profile: Profile, model: str) -> list[str]:
    recipe = profile.models[model]
    assert isinstance(recipe, Grafted), "the stage is called on grafts"
    return [model_file(profile, part) for part in (recipe.of, recipe.source)]


def pair_inputs(profile: Profile, pair: str) -> list[str]:
    """Return the traces of a pair, and what is needed to let its models read more."""
    models = profile.pairs[pair]
    return [
        *(model_file(profile, model) for model in (models.base, models.aligned)),
        at.CONTEXT.of(world=profile.world_of(models.base)),
        at.OUTPUT_HEADS.of(pair=pair),
        *(at.TRACED_RESPONSES.of(pair=pair, split=split) for split in SPLITS),
    ]


def _curve(profile: Profile, curve: str) -> str:
    assert profile.depth is not None, "the stage is called only where the profile studies depth"
    return profile.depth.curves()[curve][0]


def depth_inputs(profile: Profile, curve: str) -> list[str]:
    return pair_inputs(profile, _curve(profile, curve))


def depth_outputs(profile: Profile, curve: str) -> list[str]:
    return [at.DEPTH_SCORES.of(curve=curve), at.DEPTH_POSITIONS.of(curve=curve)]


def depth_section(profile: Profile, curve: str) -> dict[str, Any]:
    assert profile.depth is not None, "the stage is called only where the profile studies depth"
    pair = profile.pairs[_curve(profile, curve)]
    return {
        "pair": pair,
        "blocks": profile.depth.blocks,
        "distillation": profile.distillation,
        "max_new_tokens": profile.max_new_tokens,
        "benchmarks": {name: profile.benchmarks[name] for name in pair.benchmarks},
    }


def depth_modules(profile: Profile, curve: str) -> list[str]:
    return all_judge_modules(profile, profile.pairs[_curve(profile, curve)].benchmarks)


def depth_files(profile: Profile) -> list[str]:
    """Return what tables and figures of depth are made of."""
    if profile.depth is None:
        return []
    curves = profile.depth.curves()
    return [
        *(file for curve in curves for file in depth_outputs(profile, curve)),
        at.DEPTH_LENS.of(pair=profile.depth.pair),
    ]


def neighbour_inputs(profile: Profile, variant: str) -> list[str]:
    settings = profile.variants[variant]
    assert settings.neighbour is not None, "the stage is called on neighbouring methods"
    world = profile.world_of(settings.model)
    models = dict.fromkeys([settings.model, *settings.neighbour.others])
    return [*(model_file(profile, model) for model in models), *questions(world), at.CONTEXT.of(world=world)]


def neighbour_outputs(profile: Profile, variant: str) -> list[str]:
    responses = [at.RESPONSES.of(variant=variant, benchmark=name) for name in profile.benchmarks_of(variant)]
    return [*responses, at.NEIGHBOUR_COST.of(variant=variant)]


def neighbour_section(profile: Profile, variant: str) -> dict[str, Any]:
    return {
        "variant": profile.variants[variant],
        "benchmarks": profile.benchmarks_of(variant),
        "max_new_tokens": profile.max_new_tokens,
    }


def neighbour_modules(profile: Profile, variant: str) -> list[str]:
    """Return the judges of all benchmarks, which choices are made by, and the modules that declare their measures."""
    return [*all_judge_modules(profile, profile.benchmarks), *benchmark_modules(profile)]


def neighbour_files(profile: Profile) -> list[str]:
    return [at.NEIGHBOUR_COST.of(variant=variant) for variant in profile.neighbours()]


def _size_pair(profile: Profile) -> tuple[str, str]:
    """Return the head whose size is studied, and its pair."""
    assert profile.size is not None, "the stage is called only where the profile studies size"
    head = str(profile.variants[profile.recovery[profile.size.comparison][0].student].head)
    return head, profile.heads[head].pair


def size_inputs(profile: Profile, _: str) -> list[str]:
    head, pair = _size_pair(profile)
    world = profile.world_of(profile.pairs[pair].base)
    return [*pair_inputs(profile, pair), *questions(world), at.HEAD.of(head=head)]


def size_section(profile: Profile, _: str) -> dict[str, Any]:
    pair = profile.pairs[_size_pair(profile)[1]]
    benchmarks = {name: profile.benchmarks[name] for name in pair.benchmarks}
    return {"size": profile.size, "max_new_tokens": profile.max_new_tokens, "benchmarks": benchmarks}


def size_modules(profile: Profile, _: str) -> list[str]:
    judges = all_judge_modules(profile, profile.pairs[_size_pair(profile)[1]].benchmarks)
    return [*judges, *benchmark_modules(profile)]


def size_files(profile: Profile) -> list[str]:
    return [at.SIZES.of()] if profile.size else []
