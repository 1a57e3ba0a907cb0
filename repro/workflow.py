"""The whole reproduction as data: every stage, what it is called on, what it reads and writes.

The Snakefile makes one rule of each call. The dry run, `invoke why`, the requests to a cluster's queue, the record of a
call and `repro/README.md` use the same declarations. Importing this module loads no torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from repro.engine import stage_files as files
from repro.engine.call import Call, Stage, call, call_id, nothing
from repro.engine.paths import PAPER, ROOT
from superficial import artifacts as at
from superficial.config import Hub, Profile, Tuned

LIBRARY = ROOT / "src" / "superficial"
FIRST = 100


def _once(profile: Profile) -> list[str]:
    return [""]


def calls(profile: Profile) -> list[Call]:
    """Return every call of a profile's run, each before those that read what it writes."""
    return [call(profile, stage, name) for stage in STAGES.values() for name in stage.calls(profile)]


def _crate_inputs(profile: Profile, _: str) -> list[str]:
    return [
        at.RECORD.of(call=call_id(stage.name, name))
        for stage in STAGES.values()
        if stage.name != "crate"
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
                *files.questions(world),
                *(kind.of(world=world) for kind in (at.TOKENIZER, at.STYLE_TOKENS, at.CONTEXT)),
            ],
            profile_section=lambda profile, world: {
                "world": profile.worlds[world],
                "k": profile.black_box_distillation.k,
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
                *files.questions(source),
                *(kind.of(world=source) for kind in (at.STYLE_TOKENS, at.CONTEXT)),
            ],
            profile_section=lambda profile, source: {"source": profile.sources[source]},
            priority=lambda profile, source: FIRST,
            modules=lambda profile, source: sorted(
                {f"superficial.benchmarks.{read.reader}" for read in profile.sources[source].questions.values()}
            ),
            data_files=lambda profile, source: sorted((LIBRARY / "sources").rglob("*.txt")),
            loads_torch=False,
        ),
        Stage(
            "fetch",
            calls=files.models(Hub),
            inputs=nothing,
            outputs=lambda profile, model: [at.POINTER.of(model=model)],
            profile_section=lambda profile, model: {"model": profile.models[model]},
            priority=lambda profile, model: FIRST,
            loads_torch=False,
        ),
        Stage(
            "train",
            calls=files.trained,
            inputs=files.train_inputs,
            outputs=lambda profile, model: [at.WEIGHTS.of(model=model)],
            profile_section=lambda profile, model: {
                "model": profile.models[model],
                "world": {"seed": profile.worlds[profile.world_of(model)].seed},
            },
            priority=lambda profile, model: 60 + files.training_rank(profile, model),
            modules=files.train_modules,
        ),
        Stage(
            "tune",
            calls=files.models(Tuned),
            inputs=files.tune_inputs,
            outputs=lambda profile, model: [at.WEIGHTS.of(model=model)],
            profile_section=lambda profile, model: {"model": profile.models[model]},
            priority=lambda profile, model: 10,
        ),
        Stage(
            "judge",
            calls=lambda profile: [judge for judge in files.scoring_judges(profile) if judge in profile.judges],
            inputs=nothing,
            outputs=lambda profile, judge: [at.JUDGE.of(judge=judge)],
            profile_section=lambda profile, judge: {"judge": profile.judges[judge]},
            priority=lambda profile, judge: FIRST,
            loads_torch=False,
        ),
        Stage(
            "traces",
            calls=lambda profile: profile.pairs,
            inputs=files.trace_inputs,
            outputs=files.trace_outputs,
            profile_section=lambda profile, pair: {
                "pair": profile.pairs[pair],
                "first": profile.pair_with_same_responses(pair),
                "max_new_tokens": profile.max_new_tokens,
            },
            priority=lambda profile, pair: 50,
        ),
        Stage(
            "distil",
            calls=lambda profile: profile.heads,
            inputs=files.head_inputs,
            outputs=files.head_outputs,
            profile_section=files.head_section,
            priority=lambda profile, head: 40,
        ),
        Stage(
            "evaluate",
            calls=files.evaluated,
            inputs=files.evaluate_inputs,
            outputs=files.evaluate_outputs,
            profile_section=files.evaluate_section,
            priority=lambda profile, model: 30,
        ),
        Stage(
            "score",
            calls=files.scoring_judges,
            inputs=files.score_inputs,
            outputs=files.scores_of,
            profile_section=lambda profile, judge: {
                "judge": profile.all_judges()[judge],
                "of": files.scores_of(profile, judge),
            },
            modules=lambda profile, judge: files.judge_modules(profile.all_judges()[judge]),
        ),
        Stage(
            "sweep",
            calls=lambda profile: [""] if profile.sweep else [],
            inputs=files.sweep_inputs,
            outputs=lambda profile, _: files.sweep_files(profile),
            profile_section=_fields("sweep"),
        ),
        Stage(
            "sensitivity",
            calls=files.axes,
            inputs=files.sensitivity_inputs,
            outputs=lambda profile, axis: [at.SENSITIVITY.of(axis=axis)],
            profile_section=_fields("sensitivity", "distillation", "max_new_tokens"),
            priority=lambda profile, axis: 10 + files.axis_rank(profile, axis),
            modules=files.sensitivity_modules,
        ),
        Stage(
            "view",
            calls=lambda profile: [""] if profile.view else [],
            inputs=files.view_inputs,
            outputs=lambda profile, _: [at.VIEW_POSITIONS.of(), at.VIEW_GRID.of()],
            profile_section=_fields("view", "max_new_tokens", "benchmarks"),
            modules=lambda profile, _: files.all_judge_modules(profile, profile.benchmarks),
        ),
        Stage(
            "tables",
            calls=_once,
            inputs=files.table_inputs,
            outputs=files.table_outputs,
            profile_section=_fields("tables", "baselines", "recovery", "examples", "main_head", "controls"),
            modules=files.measure_modules,
            data_files=lambda profile, _: [PAPER / "published.yaml"],
            loads_torch=False,
        ),
        Stage(
            "figures",
            calls=_once,
            inputs=files.figure_inputs,
            outputs=files.figure_outputs,
            profile_section=_fields("main_head"),
            modules=files.measure_modules,
            data_files=lambda profile, _: [LIBRARY / "reporting" / "figures" / "style.mplstyle"],
            loads_torch=False,
        ),
        Stage(
            "claims",
            calls=_once,
            inputs=files.claim_inputs,
            outputs=lambda profile, _: [at.CLAIMS.of()],
            profile_section=_fields(
                "recovery",
                "main_head",
                "main_comparison",
                "transfer_comparison",
                "generality_comparisons",
                "baselines",
                "attacks",
            ),
            modules=files.measure_modules,
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
    )
}

# Stages that no run of the workflow calls.
OPTIONAL = {
    "mmlu": Stage(
        "mmlu",
        calls=lambda profile: profile.variants,
        inputs=files.variant_files,
        outputs=lambda profile, variant: [at.LIKELIHOODS.of(variant=variant)],
        profile_section=lambda profile, variant: {"variant": profile.variants[variant]},
    )
}
