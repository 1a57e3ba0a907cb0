"""Checks that every name in a profile is the name of something in it, one function a section."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from superficial.config.checkpoints import Published, Tuned
from superficial.config.depth import Grafted
from superficial.config.heads import BlackBox, TransferredHead
from superficial.config.judges import GenerativeJudge
from superficial.config.lab import Finetuned, Pretrained, TrainedBlocks
from superficial.config.neighbours import Direction, Nudging, Prefill, Proxy

if TYPE_CHECKING:
    from superficial.config.profile import Profile


def check_profile(profile: Profile) -> None:
    """Check all sections.

    Raises:
        ValueError: if a name is unknown; it says where, and which names there are.
    """
    for check in (
        _check_models,
        _check_judges,
        _check_pairs,
        _check_heads,
        _check_variants,
        _check_comparisons,
        _check_several_bases,
        _check_controls,
        _check_sweep,
        _check_sensitivity,
        _check_view,
        _check_depth,
        _check_size,
        _check_draws,
    ):
        check(profile)


def _check_name(where: str, kind: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise ValueError(f"{where} names the {kind} {name!r}; there are {', '.join(sorted(known))}")


def _check_models(profile: Profile) -> None:
    for name, model in profile.models.items():
        if isinstance(model, Pretrained):
            _check_name(f"model {name}", "world", model.world, profile.worlds)
        elif isinstance(model, Published):
            _check_name(f"model {name}", "source", model.world, profile.sources)
            _check_name(f"model {name}", "architecture", model.architecture, profile.architectures)
        elif isinstance(model, Grafted):
            _check_graft(profile, name, model)
        else:
            _check_origin(profile, name, model)
            if isinstance(model, Finetuned) and model.early_stopping:
                _check_name(f"model {name}", "benchmark", model.early_stopping.benchmark, profile.benchmarks)
    if both := set(profile.worlds) & set(profile.sources):
        raise ValueError(f"{min(both)!r} is the name of a world and of a source")


def _check_graft(profile: Profile, name: str, model: Grafted) -> None:
    known = {other for other, settings in profile.models.items() if not isinstance(settings, Grafted)}
    for part in (model.of, model.source):
        _check_name(f"model {name}", "model", part, known)


def _check_trained_blocks(profile: Profile, name: str, model: Finetuned) -> None:
    """Check that a model has the blocks that alone are trained."""
    origin = profile.models[profile.origin_of(name)]
    if isinstance(model.trained_parameters, TrainedBlocks) and isinstance(origin, Pretrained):
        last = max(model.trained_parameters.blocks)
        if last >= origin.shape.layers:
            raise ValueError(
                f"model {name} trains block {last}; {profile.origin_of(name)} has the blocks 0 to "
                f"{origin.shape.layers - 1}"
            )


def _check_origin(profile: Profile, name: str, model: Finetuned | Tuned) -> None:
    """Check that a model starts from one of the same kind, and not, by any detour, from itself."""
    kinds = (Pretrained, Finetuned) if isinstance(model, Finetuned) else (Published, Tuned)
    known = {other for other, settings in profile.models.items() if isinstance(settings, kinds)} - {name}
    _check_name(f"model {name}", "model", model.starts_from, known)
    chain, settings = [name], profile.models[name]
    while isinstance(settings, Finetuned | Tuned) and settings.starts_from in profile.models:
        if settings.starts_from in chain:
            raise ValueError(f"model {name} starts from itself: {' from '.join([*chain, settings.starts_from])}")
        chain.append(settings.starts_from)
        settings = profile.models[settings.starts_from]
    if isinstance(model, Finetuned):
        _check_trained_blocks(profile, name, model)


def _check_judges(profile: Profile) -> None:
    for name, judge in profile.judges.items():
        if isinstance(judge, GenerativeJudge):
            _check_name(f"judge {name}", "architecture", judge.architecture, profile.architectures)
    for name, benchmark in profile.benchmarks.items():
        for reference in filter(None, (benchmark.judge, benchmark.second_judge)):
            if ":" not in reference:
                _check_name(f"benchmark {name}", "judge", reference, profile.judges)


def _check_pairs(profile: Profile) -> None:
    for name, pair in profile.pairs.items():
        _check_name(f"pair {name}", "model", pair.base, profile.models)
        _check_name(f"pair {name}", "model", pair.aligned, profile.models)
        worlds = {profile.world_of(pair.base), profile.world_of(pair.aligned)}
        if len(worlds) > 1:
            raise ValueError(f"pair {name} mixes the vocabularies of the worlds {' and '.join(sorted(worlds))}")
        for benchmark in pair.benchmarks:
            _check_name(f"pair {name}", "benchmark", benchmark, profile.benchmarks)


def _check_heads(profile: Profile) -> None:
    black_box = {name for name, head in profile.heads.items() if head.kind == "black-box"}
    black_box |= {
        name
        for name, head in profile.heads.items()
        if isinstance(head, TransferredHead) and head.source_head in black_box
    }
    for name, pair in profile.pairs.items():
        if pair.written_with is not None:
            _check_name(f"pair {name}", "black-box head", pair.written_with, black_box)
    for name, head in profile.heads.items():
        for pair_name in profile.pairs_of_head(name):
            _check_name(f"head {name}", "pair", pair_name, profile.pairs)
        if isinstance(head, BlackBox):
            _check_further_pairs(profile, name, head)
            if head.k and len(head.k) > 1 and profile.black_box_distillation.used_k is not None:
                raise ValueError(
                    f"head {name} has {len(head.k)} values of k; where black_box_distillation.used_k is set, a head "
                    "may have one"
                )
        if isinstance(head, TransferredHead):
            _check_name(f"head {name}", "black-box head", head.source_head, black_box)
        else:
            for benchmark in head.benchmarks or []:
                _check_name(f"head {name}", "benchmark", benchmark, profile.pairs[head.pair].benchmarks)
    for name, heads in profile.head_sets.items():
        for benchmark, one in heads.items():
            _check_name(f"head set {name}", "benchmark", benchmark, profile.benchmarks)
            _check_name(f"head set {name}", "head", one, profile.heads)
        if len(pairs := {profile.heads[one].pair for one in heads.values()}) > 1:
            raise ValueError(f"head set {name} mixes heads of the pairs {' and '.join(sorted(pairs))}")
        if name in profile.heads:
            raise ValueError(f"{name!r} is the name of a head and of a set of heads")
    _check_name("field main_head", "head", profile.main_head, [*profile.heads, *profile.head_sets])
    for name in profile.heads:
        _check_needs_not_itself(profile, name)


def _check_further_pairs(profile: Profile, name: str, head: BlackBox) -> None:
    """Check that all pairs of a head share a vocabulary and the benchmarks that it is distilled on."""
    if head.further_pairs and head.teacher != "aligned":
        raise ValueError(
            f"head {name} has further pairs and the teacher {head.teacher}; with further pairs it is aligned"
        )
    for further in head.further_pairs:
        worlds = {profile.world_of(profile.pairs[pair].base) for pair in (head.pair, further)}
        if len(worlds) > 1:
            raise ValueError(f"head {name} mixes the vocabularies of the worlds {' and '.join(sorted(worlds))}")
        for benchmark in profile.benchmarks_distilled(name):
            _check_name(f"head {name}", f"benchmark of pair {further}", benchmark, profile.pairs[further].benchmarks)


def _check_needs_not_itself(profile: Profile, name: str) -> None:
    """Check that a head is not learned, by any detour, from responses that it has written."""
    needed = profile.heads_behind(name)
    for head in needed:
        needed += [behind for behind in profile.heads_behind(head) if behind not in needed]
    if name in needed:
        raise ValueError(f"head {name} is learned from responses that are written with it; they need another head")


def _check_variants(profile: Profile) -> None:
    for benchmark in profile.evaluated_benchmarks:
        _check_name("field evaluated_benchmarks", "benchmark", benchmark, profile.benchmarks)
    for name, variant in profile.variants.items():
        _check_name(f"variant {name}", "model", variant.model, profile.models)
        if variant.head is not None:
            _check_name(f"variant {name}", "head", variant.head, [*profile.heads, *profile.head_sets])
        if variant.neighbour is not None:
            _check_neighbour(profile, name, variant.neighbour)
        for benchmark in profile.benchmarks_of(name):
            _check_name(f"variant {name}", "benchmark", benchmark, profile.benchmarks)
            profile.head_for(name, benchmark)


def _check_neighbour(profile: Profile, name: str, neighbour: Proxy | Nudging | Prefill | Direction) -> None:
    """Check that a neighbouring method stands in the place of a head, and that all its models share a vocabulary."""
    variant = profile.variants[name]
    if variant.head is not None:
        raise ValueError(f"variant {name} has the head {variant.head!r} and the method {neighbour.method}; give one")
    for other in neighbour.others:
        _check_name(f"variant {name}", "model", other, profile.models)
        worlds = {profile.world_of(variant.model), profile.world_of(other)}
        if len(worlds) > 1:
            raise ValueError(f"variant {name} mixes the vocabularies of the worlds {' and '.join(sorted(worlds))}")
    # These methods write every answer, of at most the profile's tokens.
    if own := [benchmark for benchmark in profile.benchmarks_of(name) if benchmark in profile.answering()]:
        raise ValueError(
            f"variant {name} has the method {neighbour.method} and the benchmark {own[0]}, whose answers are chosen or "
            "have a limit of their own; leave one of them out"
        )
    if isinstance(neighbour, Direction):
        for benchmark in (neighbour.harmful, neighbour.harmless):
            _check_name(f"variant {name}", "benchmark", benchmark, profile.benchmarks)


def _check_comparisons(profile: Profile) -> None:
    named = [(f"table {name}", row) for name, table in profile.tables.items() for row in table.rows]
    named += [("field baselines", name) for one in profile.baselines for name in (one.student, *one.others)]
    named += [("field attacks", name) for attack in profile.attacks for name in attack.model_dump().values()]
    if profile.general_tuning:
        named += [("field general_tuning", name) for name in profile.general_tuning.model_dump().values()]
    named += [
        (f"recovery {name}", variant)
        for name, comparisons in profile.recovery.items()
        for comparison in comparisons
        for variant in comparison.model_dump().values()
    ]
    for where, variant in named:
        _check_name(where, "variant", variant, profile.variants)
    _check_name("field main_comparison", "comparison", profile.main_comparison, profile.recovery)
    if profile.transfer_comparison is not None:
        _check_name("field transfer_comparison", "comparison", profile.transfer_comparison, profile.recovery)
    for name in profile.generality_comparisons:
        _check_name("field generality_comparisons", "comparison", name, profile.recovery)
    for name, example in profile.examples.items():
        _check_name(f"example {name}", "comparison", example.comparison, profile.recovery)


def _check_several_bases(profile: Profile) -> None:
    if profile.several_bases is None:
        return
    transferred, restored = profile.several_bases.transferred, profile.several_bases.restored
    for name in (transferred, restored):
        _check_name("field several_bases", "variant", name, profile.variants)
    base = profile.transfer_comparison and profile.recovery[profile.transfer_comparison][0].base
    for name, field, others in (
        (transferred, "transfer_comparison", [base] if base else []),
        (restored, "attacks", [attack.attacked for attack in profile.attacks]),
    ):
        models = sorted({profile.variants[other].model for other in others})
        if profile.variants[name].model not in models:
            raise ValueError(
                f"field several_bases names the variant {name} of the model {profile.variants[name].model}; field "
                f"{field} compares {' and '.join(models) or 'none'}"
            )


def _check_controls(profile: Profile) -> None:
    if profile.controls is None:
        return
    controls = profile.controls
    _check_name("field controls.same", "head", controls.same, profile.heads)
    for field in ("head_only", "shuffled", "backbone"):
        comparison = getattr(controls, field)
        if comparison is not None:
            _check_name(f"field controls.{field}", "comparison", comparison, profile.recovery)


def _check_sweep(profile: Profile) -> None:
    sweep = profile.sweep
    if sweep is None:
        return
    _check_name("field sweep", "head", sweep.head, profile.heads)
    for pair in (sweep.small, sweep.large, sweep.large_on_small):
        _check_name("field sweep", "pair", pair, profile.pairs)
    small, large_on_small = profile.pairs[sweep.small], profile.pairs[sweep.large_on_small]
    if (small.aligned, small.benchmarks) != (large_on_small.aligned, large_on_small.benchmarks):
        raise ValueError(
            f"field sweep: the pairs {sweep.small} and {sweep.large_on_small} must have the same aligned model and "
            "benchmarks"
        )


def _check_sensitivity(profile: Profile) -> None:
    study = profile.sensitivity
    if study is None:
        return
    _check_name("field sensitivity", "comparison", study.comparison, profile.recovery)
    for benchmark in study.benchmarks:
        _check_name("field sensitivity", "benchmark", benchmark, profile.benchmarks)
    for alternatives in study.axes.values():
        for name, alternative in alternatives.items():
            profile.distillation_with(name, alternative.changes)
            if alternative.pair:
                _check_name(f"sensitivity {name}", "pair", alternative.pair, profile.pairs)


def _check_view(profile: Profile) -> None:
    view = profile.view
    if view is None:
        return
    for field, kind, head in (("head", "residual", view.head), ("black_box_head", "black-box", view.black_box_head)):
        if head is not None:
            known = [name for name, settings in profile.heads.items() if settings.kind == kind]
            _check_name(f"field view.{field}", f"{kind} head", head, known)


def _check_draws(profile: Profile) -> None:
    for name in profile.draws.left_out if profile.draws else []:
        _check_name("field draws.left_out", "variant", name, profile.variants)


def _check_depth(profile: Profile) -> None:
    study = profile.depth
    if study is None:
        return
    for field, names in (("pair", [study.pair]), ("planted", study.planted)):
        for name in names:
            _check_name(f"field depth.{field}", "pair", name, profile.pairs)
            pair = profile.pairs[name]
            if pair.base_prompt_format != pair.aligned_prompt_format:
                raise ValueError(
                    f"field depth.{field} names the pair {name}, whose base reads {pair.base_prompt_format} prompts "
                    f"and whose aligned model reads {pair.aligned_prompt_format} ones; both must read the same"
                )
            if pair.wrapper != pair.aligned_wrapper:
                raise ValueError(f"field depth.{field} names the pair {name}, of which only the base is wrapped")
    if study.blocks and study.blocks[-1] != (count := _block_count(profile, profile.pairs[study.pair].base)):
        raise ValueError(
            f"field depth.blocks ends at {study.blocks[-1]}; the models of pair {study.pair} have {count} blocks"
        )
    for name in study.planted:
        aligned = profile.models[profile.pairs[name].aligned]
        if not isinstance(aligned, Finetuned) or not isinstance(aligned.trained_parameters, TrainedBlocks):
            raise ValueError(
                f"field depth.planted names the pair {name}, of whose aligned model not only blocks are trained"
            )


def _block_count(profile: Profile, model: str) -> int:
    origin = profile.models[profile.origin_of(model)]
    if isinstance(origin, Published):
        return profile.architectures[origin.architecture].layers
    assert isinstance(origin, Pretrained), "every model comes from a published or a pretrained one"
    return origin.shape.layers


def _check_size(profile: Profile) -> None:
    if profile.size is None:
        return
    _check_name("field size", "comparison", profile.size.comparison, profile.recovery)
    student = profile.variants[profile.recovery[profile.size.comparison][0].student]
    if student.head not in profile.heads or profile.heads[student.head].kind != "residual":
        raise ValueError(
            f"field size names the comparison {profile.size.comparison}; its student needs a residual head"
        )
