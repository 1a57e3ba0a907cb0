"""The whole reproduction as data: every stage, what it is called on, what it reads and writes.

The Snakefile makes one rule of each call. The dry run, `invoke why`, the requests to a cluster's queue, the record of a
call and `repro/README.md` use the same declarations. Importing this module loads no torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from repro.engine import beyond, making, reporting
from repro.engine.call import Call, Stage, call, call_id, nothing
from repro.engine.paths import PAPER, ROOT
from superficial import artifacts as at
from superficial.config import Grafted, Profile, Published, Tuned
from superficial.judges.kinds import judge_modules

LIBRARY = ROOT / "src" / "superficial"
FIRST = 100


def _once(profile: Profile) -> list[str]:
    return [""]


def calls(profile: Profile) -> list[Call]:
    """Return every call of a profile's run, each before those that read what it writes.

    Those of a profile with draws only report on its draws; each draw has the calls of its own profile.
    """
    stages = [stage for stage in STAGES.values() if (stage.name == "draws") == (profile.draws is not None)]
    return _in_order([call(profile, stage, name) for stage in stages for name in stage.calls(profile)])


def _in_order(listed: list[Call]) -> list[Call]:
    """Return calls as listed, but each after those that write what it reads: a head may write what others learn."""
    writers = {path: one for one in listed for path in one.outputs}
    placed: dict[str, Call] = {}

    def place(one: Call) -> None:
        for path in one.inputs if one.id not in placed else ():
            if path in writers:
                place(writers[path])
        placed.setdefault(one.id, one)

    for one in listed:
        place(one)
    return list(placed.values())


def _crate_inputs(profile: Profile, _: str) -> list[str]:
    return [
        at.RECORD.of(call=call_id(stage.name, name))
        for stage in STAGES.values()
        if stage.name not in ("crate", "draws")
        for name in stage.calls(profile)
    ]


def _fields(*names: str) -> Callable[[Profile, str], dict[str, Any]]:
    return lambda profile, _: {name: getattr(profile, name) for name in names}


STAGES = {
    stage.name: stage
    for stage in (
        Stage(
            "world",
            calls=lambda profile: profile.worlds,
            inputs=nothing,
            outputs=lambda profile, world: [
                *making.questions(world),
                *(kind.of(world=world) for kind in (at.TOKENIZER, at.STYLE_TOKENS, at.FAMILIARITY, at.CONTEXT)),
            ],
            profile_section=lambda profile, world: {
                "world": profile.worlds[world],
                "k": profile.black_box_distillation.k,
                "own_k": profile.own_ks(),
                "teacher_top": profile.distillation.teacher_top,
            },
            priority=lambda profile, world: FIRST,
            loads_torch=False,
        ),
        Stage(
            "questions",
            calls=lambda profile: profile.sources,
            inputs=nothing,
            outputs=lambda profile, source: [
                *making.questions(source),
                *(kind.of(world=source) for kind in (at.STYLE_TOKENS, at.CONTEXT)),
            ],
            profile_section=lambda profile, source: {"source": profile.sources[source]},
            priority=lambda profile, source: FIRST,
            modules=lambda profile, source: sorted(
                {f"superficial.benchmarks.{read.reader}" for read in profile.sources[source].questions.values()}
            ),
            data_files=lambda profile, source: sorted(
                path for folder in ("sources", "english") for path in (LIBRARY / folder).rglob("*.txt")
            ),
            loads_torch=False,
        ),
        Stage(
            "fetch",
            calls=making.models(Published),
            inputs=nothing,
            outputs=lambda profile, model: [at.POINTER.of(model=model)],
            profile_section=lambda profile, model: {"model": profile.models[model]},
            priority=lambda profile, model: FIRST,
            loads_torch=False,
        ),
        Stage(
            "train",
            calls=making.trained,
            inputs=making.train_inputs,
            outputs=lambda profile, model: [at.WEIGHTS.of(model=model)],
            profile_section=lambda profile, model: {
                "model": profile.models[model],
                "world": {"seed": profile.worlds[profile.world_of(model)].seed},
            },
            priority=lambda profile, model: 60 + making.training_rank(profile, model),
            modules=making.train_modules,
        ),
        Stage(
            "tune",
            calls=making.models(Tuned),
            inputs=making.tune_inputs,
            outputs=lambda profile, model: [at.WEIGHTS.of(model=model)],
            profile_section=making.tune_section,
            data_files=lambda profile, model: sorted((LIBRARY / "english").glob("*.txt")),
            priority=lambda profile, model: 10,
        ),
        Stage(
            "graft",
            calls=making.models(Grafted),
            inputs=beyond.graft_inputs,
            outputs=lambda profile, model: [at.WEIGHTS.of(model=model)],
            profile_section=lambda profile, model: {"model": profile.models[model]},
            priority=lambda profile, model: 55,
        ),
        Stage(
            "convert",
            calls=lambda profile: [
                judge for judge in making.loaded_judges(profile) if making.checkpoints(profile, judge)
            ],
            inputs=nothing,
            outputs=making.checkpoints,
            profile_section=lambda profile, judge: {"judge": profile.judges[judge]},
            modules=lambda profile, judge: ["superficial.models.conversion"],
            priority=lambda profile, judge: FIRST,
            loads_torch=False,
        ),
        Stage(
            "judge",
            calls=making.loaded_judges,
            inputs=making.checkpoints,
            outputs=lambda profile, judge: [at.JUDGE.of(judge=judge)],
            profile_section=lambda profile, judge: {"judge": profile.judges[judge]},
            modules=lambda profile, judge: judge_modules(profile.judges[judge]),
            priority=lambda profile, judge: FIRST,
        ),
        Stage(
            "traces",
            calls=lambda profile: profile.pairs,
            inputs=making.trace_inputs,
            outputs=making.trace_outputs,
            profile_section=lambda profile, pair: (
                {
                    "pair": profile.pairs[pair],
                    "first": profile.pair_with_same_responses(pair),
                    "max_new_tokens": profile.max_new_tokens,
                }
                | profile.answering()
            ),
            priority=lambda profile, pair: 50,
        ),
        Stage(
            "distil",
            calls=lambda profile: profile.heads,
            inputs=making.head_inputs,
            outputs=making.head_outputs,
            profile_section=making.head_section,
            priority=lambda profile, head: 40,
        ),
        Stage(
            "evaluate",
            calls=making.evaluated,
            inputs=making.evaluate_inputs,
            outputs=making.evaluate_outputs,
            profile_section=making.evaluate_section,
            priority=lambda profile, model: 30,
        ),
        Stage(
            "neighbour",
            calls=lambda profile: profile.neighbours(),
            inputs=beyond.neighbour_inputs,
            outputs=beyond.neighbour_outputs,
            profile_section=beyond.neighbour_section,
            modules=beyond.neighbour_modules,
            priority=lambda profile, variant: 25,
        ),
        Stage(
            "score",
            calls=making.scoring_judges,
            inputs=making.score_inputs,
            outputs=making.scores_of,
            profile_section=lambda profile, judge: {
                "judge": profile.all_judges()[judge],
                "of": making.scores_of(profile, judge),
            },
            modules=lambda profile, judge: judge_modules(profile.all_judges()[judge]),
        ),
        Stage(
            "sweep",
            calls=lambda profile: [""] if profile.sweep else [],
            inputs=reporting.sweep_inputs,
            outputs=lambda profile, _: reporting.sweep_files(profile),
            profile_section=reporting.sweep_section,
        ),
        Stage(
            "sensitivity",
            calls=reporting.axes,
            inputs=reporting.sensitivity_inputs,
            outputs=lambda profile, axis: [at.SENSITIVITY.of(axis=axis)],
            profile_section=lambda profile, _: (
                {
                    "sensitivity": profile.sensitivity,
                    "distillation": profile.distillation,
                    "max_new_tokens": profile.max_new_tokens,
                }
                | profile.answering()
            ),
            priority=lambda profile, axis: 10 + reporting.axis_rank(profile, axis),
            modules=reporting.sensitivity_modules,
        ),
        Stage(
            "size",
            calls=lambda profile: [""] if profile.size else [],
            inputs=beyond.size_inputs,
            outputs=lambda profile, _: [at.SIZES.of()],
            profile_section=beyond.size_section,
            modules=beyond.size_modules,
            priority=lambda profile, _: 20,
        ),
        Stage(
            "depth",
            calls=lambda profile: profile.depth.curves() if profile.depth else [],
            inputs=beyond.depth_inputs,
            outputs=beyond.depth_outputs,
            profile_section=beyond.depth_section,
            modules=beyond.depth_modules,
            priority=lambda profile, curve: 45,
        ),
        Stage(
            "lens",
            calls=lambda profile: [profile.depth.pair] if profile.depth else [],
            inputs=beyond.pair_inputs,
            outputs=lambda profile, pair: [at.DEPTH_LENS.of(pair=pair)],
            profile_section=lambda profile, pair: {"pair": profile.pairs[pair]},
        ),
        Stage(
            "view",
            calls=lambda profile: [""] if profile.view else [],
            inputs=reporting.view_inputs,
            outputs=lambda profile, _: [at.VIEW_POSITIONS.of(), at.VIEW_GRID.of()],
            profile_section=_fields("view", "max_new_tokens", "benchmarks"),
            modules=lambda profile, _: making.all_judge_modules(profile, profile.benchmarks),
        ),
        Stage(
            "tables",
            calls=_once,
            inputs=reporting.table_inputs,
            outputs=reporting.table_outputs,
            profile_section=_fields("tables", "baselines", "recovery", "examples", "main_head", "controls"),
            modules=lambda profile, _: making.benchmark_modules(profile),
            data_files=lambda profile, _: [PAPER / "published.yaml"],
            loads_torch=False,
        ),
        Stage(
            "figures",
            calls=_once,
            inputs=reporting.figure_inputs,
            outputs=reporting.figure_outputs,
            profile_section=_fields("main_head"),
            modules=lambda profile, _: making.benchmark_modules(profile),
            data_files=lambda profile, _: [LIBRARY / "reporting" / "figures" / "style.mplstyle"],
            loads_torch=False,
        ),
        Stage(
            "claims",
            calls=_once,
            inputs=reporting.claim_inputs,
            outputs=lambda profile, _: [at.CLAIMS.of()],
            profile_section=_fields(
                "recovery",
                "main_head",
                "main_comparison",
                "transfer_comparison",
                "generality_comparisons",
                "baselines",
                "attacks",
                "general_tuning",
                "several_bases",
            ),
            modules=lambda profile, _: making.benchmark_modules(profile),
            data_files=lambda profile, _: [PAPER / "claims.yaml"],
            loads_torch=False,
        ),
        Stage(
            "crate",
            calls=_once,
            inputs=_crate_inputs,
            outputs=lambda profile, _: [
                kind.of() for kind in (at.CRATE, at.ENVIRONMENT, at.WORKFLOW_FILE, at.PROFILE_FILE)
            ],
            profile_section=lambda profile, _: {"profile": profile},
            data_files=lambda profile, _: [ROOT / "repro" / "Snakefile"],
            loads_torch=False,
        ),
        Stage(
            "draws",
            calls=lambda profile: profile.draws.sets if profile.draws else [],
            inputs=reporting.draws_inputs,
            outputs=reporting.draws_outputs,
            profile_section=_fields("draws"),
            data_files=lambda profile, _: [LIBRARY / "reporting" / "figures" / "style.mplstyle"],
            loads_torch=False,
        ),
    )
}

# Stages that no run of the workflow calls.
OPTIONAL = {
    "mmlu": Stage(
        "mmlu",
        calls=lambda profile: profile.variants,
        inputs=making.variant_files,
        outputs=lambda profile, variant: [at.LIKELIHOODS.of(variant=variant)],
        profile_section=lambda profile, variant: {"variant": profile.variants[variant]},
    )
}
