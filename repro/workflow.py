"""The whole reproduction as data: every stage, what it is called on, what it reads and writes.

The Snakefile makes one rule of each call; the dry run, `invoke why`, requests to a cluster's queue, the record of a
call and `repro/README.md` read the same declarations. Importing this module loads no torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from repro.engine.code import code_files, digest
from repro.engine.paths import PAPER, ROOT
from superficial import artifacts as at
from superficial.config import SPLITS, Finetuned, Hub, Pretrained, Profile, TransferredHead, Tuned
from superficial.judges.kinds import judge_modules

LIBRARY = ROOT / "src" / "superficial"
FIRST = 100


def _nothing(profile: Profile, name: str) -> list[Any]:
    return []


def _once(profile: Profile) -> list[str]:
    return [""]


@dataclass(frozen=True)
class Stage:
    """A script of `repro/stages`, and the names it is called on in a profile ("" for one that is called once).

    Of a call: the files it reads and writes, relative to the results folder; the section of the profile it reads; its
    priority (what others wait for goes first); modules that it loads by name, which its imports do not show; data files
    of the repository. `loads_torch`: it starts as a fork of the warm process.
    """

    name: str
    calls: Callable[[Profile], Iterable[str]]
    inputs: Callable[[Profile, str], list[str]]
    outputs: Callable[[Profile, str], list[str]]
    profile_section: Callable[[Profile, str], dict[str, Any]]
    priority: Callable[[Profile, str], int] = lambda profile, name: 0
    modules: Callable[[Profile, str], list[str]] = _nothing
    data_files: Callable[[Profile, str], list[Path]] = _nothing
    loads_torch: bool = True


@dataclass(frozen=True)
class Call:
    """One call of a stage in a profile; see `Stage` for the fields. `outputs` includes its record."""

    stage: Stage
    name: str
    inputs: list[str]
    outputs: list[str]
    profile_section: str
    priority: int
    modules: tuple[str, ...]
    data_files: tuple[Path, ...]

    @property
    def id(self) -> str:
        """Return its name as a file or a rule, such as `train-small`."""
        return call_id(self.stage.name, self.name)

    @property
    def code(self) -> str:
        """Return the hash of its code."""
        return digest(code_files(*self.modules))


def call_id(stage: str, name: str) -> str:
    """Return the name of a call as a file or a rule."""
    return "-".join(part for part in (stage, name) if part)


def calls(profile: Profile) -> list[Call]:
    """Return every call of a profile's run, each before those that read what it writes."""
    return [call(profile, stage, name) for stage in STAGES.values() for name in stage.calls(profile)]


def call(profile: Profile, stage: Stage, name: str) -> Call:
    """Return one call of a stage."""
    section = stage.profile_section(profile, name)
    return Call(
        stage=stage,
        name=name,
        inputs=stage.inputs(profile, name),
        outputs=[*stage.outputs(profile, name), at.RECORD.of(call=call_id(stage.name, name))],
        profile_section=json.dumps(section, sort_keys=True, default=BaseModel.model_dump),
        priority=stage.priority(profile, name),
        modules=(f"repro.stages.{stage.name}", *stage.modules(profile, name)),
        data_files=tuple(stage.data_files(profile, name)),
    )


# Models.


def model_file(profile: Profile, model: str) -> str:
    """Return the file that shows that a model is there: its weights, or the pointer to a checkpoint made by others."""
    return (at.POINTER if isinstance(profile.models[model], Hub) else at.WEIGHTS).of(model=model)


def _models(*recipes: type) -> Callable[[Profile], list[str]]:
    return lambda profile: [name for name, recipe in profile.models.items() if isinstance(recipe, recipes)]


_trained = _models(Pretrained, Finetuned)


def _questions(world: str) -> list[str]:
    return [at.QUESTIONS.of(world=world, split=split) for split in SPLITS]


def _train_inputs(profile: Profile, model: str) -> list[str]:
    recipe, world = profile.models[model], profile.world_of(model)
    if isinstance(recipe, Pretrained):
        return [at.TOKENIZER.of(world=world)]
    assert isinstance(recipe, Finetuned), "only the lab's own models are trained"
    validation = [at.QUESTIONS.of(world=world, split="validation")] if recipe.early_stopping else []
    return [model_file(profile, recipe.of), at.CONTEXT.of(world=world), *validation]


def _tune_inputs(profile: Profile, model: str) -> list[str]:
    recipe = profile.models[model]
    assert isinstance(recipe, Tuned), "only models of others are tuned"
    return [model_file(profile, recipe.of)]


def _train_modules(profile: Profile, model: str) -> list[str]:
    recipe = profile.models[model]
    if not isinstance(recipe, Finetuned) or recipe.early_stopping is None:
        return []
    return ["superficial.lab.selection", *judge_modules(profile.judge_of(recipe.early_stopping.benchmark))]


def _training_rank(profile: Profile, model: str) -> int:
    """Return the place of a model by how much training depends on it, its own included; the longest chain is last."""

    def size(name: str) -> int:
        recipe = ancestor = profile.models[name]
        while isinstance(ancestor, Finetuned):
            ancestor = profile.models[ancestor.of]
        assert isinstance(recipe, Pretrained | Finetuned) and isinstance(ancestor, Pretrained)
        training, shape = recipe.training, ancestor.shape
        own = training.steps * training.batch * training.block * shape.width**2 * shape.layers
        made_from_it = [
            other for other, made in profile.models.items() if isinstance(made, Finetuned) and made.of == name
        ]
        return own + max(map(size, made_from_it), default=0)

    return sorted(_trained(profile), key=size).index(model)


# Judges.


def _all_judge_modules(profile: Profile, benchmarks: Iterable[str]) -> list[str]:
    return sorted({module for name in benchmarks for module in judge_modules(profile.judge_of(name))})


def _scores_of(profile: Profile, judge: str) -> list[str]:
    kinds = ((at.SCORES, profile.judged_by(judge)), (at.SECOND_SCORES, profile.seconded_by(judge)))
    return [
        kind.of(variant=variant, benchmark=benchmark)
        for kind, benchmarks in kinds
        for variant in profile.variants
        for benchmark in profile.asked_of(variant)
        if benchmark in benchmarks
    ]


def _scoring_judges(profile: Profile) -> list[str]:
    return [judge for judge in profile.judges_used() if _scores_of(profile, judge)]


def _score_inputs(profile: Profile, judge: str) -> list[str]:
    scores = {path.split("/", 1)[1] for path in _scores_of(profile, judge)}
    checked = [at.JUDGE.of(judge=judge)] if judge in profile.judges else []
    return [*sorted(f"responses/{path}" for path in scores), *checked]


# Pairs and heads.


def _trace_inputs(profile: Profile, pair: str) -> list[str]:
    models, first = profile.pairs[pair], profile.traced_before(pair)
    world = profile.world_of(models.base)
    earlier = [at.OUTPUT_HEADS.of(pair=first), at.PAIR.of(pair=first)] if first else []
    return [
        *(model_file(profile, model) for model in (models.base, models.aligned)),
        *_questions(world),
        at.CONTEXT.of(world=world),
        *earlier,
    ]


def _trace_outputs(profile: Profile, pair: str) -> list[str]:
    return [
        at.OUTPUT_HEADS.of(pair=pair),
        at.PAIR.of(pair=pair),
        *(at.TRACED_RESPONSES.of(pair=pair, split=split) for split in SPLITS),
        *(at.SHARDS.of(pair=pair, split=split) for split in SPLITS),
    ]


def _head_inputs(profile: Profile, head: str) -> list[str]:
    settings = profile.heads[head]
    source = [at.HEAD.of(head=settings.of)] if isinstance(settings, TransferredHead) else []
    pair = settings.pair
    base = model_file(profile, profile.pairs[pair].base)
    return [at.OUTPUT_HEADS.of(pair=pair), at.PAIR.of(pair=pair), base, *source]


def _head_outputs(profile: Profile, head: str) -> list[str]:
    return [kind.of(head=head) for kind in (at.HEAD, at.CARD, at.INSPECTION, at.POSITIONS)]


def _head_section(profile: Profile, head: str) -> dict[str, Any]:
    settings = profile.heads[head]
    residual = settings.kind == "residual"
    return {"head": settings, "distillation": profile.distillation if residual else profile.logit_distillation}


# Responses.


def _evaluated(profile: Profile) -> list[str]:
    return [model for model in profile.models if profile.variants_of(model)]


def _evaluate_inputs(profile: Profile, model: str) -> list[str]:
    world = profile.world_of(model)
    heads = sorted({head for name in profile.variants_of(model) if (head := profile.variants[name].head)})
    return [
        model_file(profile, model),
        *_questions(world),
        at.CONTEXT.of(world=world),
        *(at.HEAD.of(head=head) for head in heads),
        # Responses with a head end at the end token of the aligned model, too.
        *(model_file(profile, profile.pairs[profile.heads[head].pair].aligned) for head in heads),
    ]


def _evaluate_outputs(profile: Profile, model: str) -> list[str]:
    return [
        at.RESPONSES.of(variant=variant, benchmark=benchmark)
        for variant in profile.variants_of(model)
        for benchmark in profile.asked_of(variant)
    ]


def _evaluate_section(profile: Profile, model: str) -> dict[str, Any]:
    variants = {name: profile.variants[name] for name in profile.variants_of(model)}
    return {"variants": variants, "max_new_tokens": profile.max_new_tokens, "asked": profile.asked}


def _variant_files(profile: Profile, variant: str) -> list[str]:
    settings = profile.variants[variant]
    head = [at.HEAD.of(head=settings.head)] if settings.head else []
    return [model_file(profile, settings.model), *head]


# Studies.


def _sweep_inputs(profile: Profile, _: str) -> list[str]:
    assert profile.sweep is not None, "the stage is called only where the profile has a sweep"
    pairs = (profile.sweep.small, profile.sweep.large, profile.sweep.identical)
    return [at.HEAD.of(head=profile.sweep.head), *(at.OUTPUT_HEADS.of(pair=pair) for pair in pairs)]


def _axes(profile: Profile) -> list[str]:
    return list(profile.sensitivity.axes) if profile.sensitivity else []


def _sensitivity_inputs(profile: Profile, axis: str) -> list[str]:
    assert profile.sensitivity is not None, "the stage is called only where the profile has a study"
    variant = profile.variants[profile.recovery[profile.sensitivity.comparison][0].student]
    assert variant.head is not None, "the student of a comparison has a head"
    world, own = profile.world_of(variant.model), profile.heads[variant.head].pair
    pairs = sorted({way.pair or own for way in profile.sensitivity.axes[axis].values()})
    return [
        model_file(profile, variant.model),
        *_questions(world),
        at.CONTEXT.of(world=world),
        *(at.OUTPUT_HEADS.of(pair=pair) for pair in pairs),
    ]


def _sensitivity_modules(profile: Profile, axis: str) -> list[str]:
    assert profile.sensitivity is not None, "the stage is called only where the profile has a study"
    return _all_judge_modules(profile, profile.sensitivity.benchmarks)


def _axis_rank(profile: Profile, axis: str) -> int:
    """Return the place of an axis by the epochs it trains; the longest is last."""
    assert profile.sensitivity is not None, "the stage is called only where the profile has a study"
    axes = profile.sensitivity.axes

    def epochs(name: str) -> int:
        return sum(way.changes.get("epochs", profile.distillation.epochs) for way in axes[name].values())

    return sorted(axes, key=epochs).index(axis)


def _view_inputs(profile: Profile, _: str) -> list[str]:
    assert profile.view is not None, "the stage is called only where the profile has a view"
    heads = [name for name in (profile.view.head, profile.view.black_box) if name]
    name = profile.heads[profile.view.head].pair
    pair = profile.pairs[name]
    return [
        *(model_file(profile, model) for model in (pair.base, pair.aligned)),
        at.OUTPUT_HEADS.of(pair=name),
        at.CONTEXT.of(world=profile.world_of(pair.base)),
        *(at.HEAD.of(head=head) for head in heads),
    ]


# Reports.


def _scores(profile: Profile) -> list[str]:
    return [
        at.SCORES.of(variant=variant, benchmark=name)
        for variant in profile.variants
        for name in profile.asked_of(variant)
    ]


def _second_scores(profile: Profile) -> list[str]:
    return [
        at.SECOND_SCORES.of(variant=variant, benchmark=name)
        for variant in profile.variants
        for name in profile.asked_of(variant)
        if profile.benchmarks[name].second_judge
    ]


def _sweep_files(profile: Profile) -> list[str]:
    return [at.SWEEP.of(), at.SWEEP_ACCURACY.of()] if profile.sweep else []


def _of_heads(kind: at.Artifact, profile: Profile) -> list[str]:
    return [kind.of(head=head) for head in profile.heads]


def _sensitivity_files(profile: Profile) -> list[str]:
    return [at.SENSITIVITY.of(axis=axis) for axis in _axes(profile)]


def _table_inputs(profile: Profile, _: str) -> list[str]:
    return [
        *_scores(profile),
        *_second_scores(profile),
        *_of_heads(at.POSITIONS, profile),
        *_of_heads(at.CARD, profile),
        *_sensitivity_files(profile),
    ]


def _table_outputs(profile: Profile, _: str) -> list[str]:
    # Its imports take time that other stages need not spend.
    from superficial.reporting.tables import table_names

    return [at.TABLE.of(table=table, format=form) for table in table_names(profile) for form in ("csv", "md", "tex")]


def _figure_inputs(profile: Profile, _: str) -> list[str]:
    return [
        *_of_heads(at.POSITIONS, profile),
        *_sweep_files(profile),
        *_sensitivity_files(profile),
        *_scores(profile),
    ]


def _figure_outputs(profile: Profile, _: str) -> list[str]:
    from superficial.reporting.figures import figure_names

    forms = ("pdf", "svg", "png", "csv")
    return [at.FIGURE.of(figure=figure, format=form) for figure in figure_names(profile) for form in forms]


def _claim_inputs(profile: Profile, _: str) -> list[str]:
    style = [at.STYLE_TOKENS.of(world=world) for world in (*profile.worlds, *profile.sources)]
    return [
        *_scores(profile),
        *_second_scores(profile),
        *_of_heads(at.POSITIONS, profile),
        *_sweep_files(profile),
        *style,
    ]


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
            inputs=_nothing,
            outputs=lambda profile, world: [
                *_questions(world),
                *(kind.of(world=world) for kind in (at.TOKENIZER, at.STYLE_TOKENS, at.CONTEXT)),
            ],
            profile_section=lambda profile, world: {
                "world": profile.worlds[world],
                "k": profile.logit_distillation.k,
                "teacher_top": profile.distillation.teacher_top,
            },
            priority=lambda profile, world: FIRST,
            loads_torch=False,
        ),
        Stage(
            "questions",
            calls=lambda profile: profile.sources,
            inputs=_nothing,
            outputs=lambda profile, source: [
                *_questions(source),
                *(kind.of(world=source) for kind in (at.STYLE_TOKENS, at.CONTEXT)),
            ],
            profile_section=lambda profile, source: {"source": profile.sources[source]},
            priority=lambda profile, source: FIRST,
            modules=lambda profile, source: sorted(
                {f"superficial.benchmarks.{read.reader}" for read in profile.sources[source].questions.values()}
            ),
            data_files=lambda profile, source: sorted((LIBRARY / "benchmarks").rglob("*.txt")),
            loads_torch=False,
        ),
        Stage(
            "fetch",
            calls=_models(Hub),
            inputs=_nothing,
            outputs=lambda profile, model: [at.POINTER.of(model=model)],
            profile_section=lambda profile, model: {"model": profile.models[model]},
            priority=lambda profile, model: FIRST,
            loads_torch=False,
        ),
        Stage(
            "train",
            calls=_trained,
            inputs=_train_inputs,
            outputs=lambda profile, model: [at.WEIGHTS.of(model=model)],
            profile_section=lambda profile, model: {
                "model": profile.models[model],
                "world": {"seed": profile.worlds[profile.world_of(model)].seed},
            },
            priority=lambda profile, model: 60 + _training_rank(profile, model),
            modules=_train_modules,
        ),
        Stage(
            "tune",
            calls=_models(Tuned),
            inputs=_tune_inputs,
            outputs=lambda profile, model: [at.WEIGHTS.of(model=model)],
            profile_section=lambda profile, model: {"model": profile.models[model]},
            priority=lambda profile, model: 10,
        ),
        Stage(
            "judge",
            calls=lambda profile: [judge for judge in _scoring_judges(profile) if judge in profile.judges],
            inputs=_nothing,
            outputs=lambda profile, judge: [at.JUDGE.of(judge=judge)],
            profile_section=lambda profile, judge: {"judge": profile.judges[judge]},
            priority=lambda profile, judge: FIRST,
            loads_torch=False,
        ),
        Stage(
            "traces",
            calls=lambda profile: profile.pairs,
            inputs=_trace_inputs,
            outputs=_trace_outputs,
            profile_section=lambda profile, pair: {
                "pair": profile.pairs[pair],
                "first": profile.traced_before(pair),
                "max_new_tokens": profile.max_new_tokens,
            },
            priority=lambda profile, pair: 50,
        ),
        Stage(
            "distil",
            calls=lambda profile: profile.heads,
            inputs=_head_inputs,
            outputs=_head_outputs,
            profile_section=_head_section,
            priority=lambda profile, head: 40,
        ),
        Stage(
            "evaluate",
            calls=_evaluated,
            inputs=_evaluate_inputs,
            outputs=_evaluate_outputs,
            profile_section=_evaluate_section,
            priority=lambda profile, model: 30,
        ),
        Stage(
            "score",
            calls=_scoring_judges,
            inputs=_score_inputs,
            outputs=_scores_of,
            profile_section=lambda profile, judge: {
                "judge": profile.judges_used()[judge],
                "of": _scores_of(profile, judge),
            },
            modules=lambda profile, judge: judge_modules(profile.judges_used()[judge]),
        ),
        Stage(
            "sweep",
            calls=lambda profile: [""] if profile.sweep else [],
            inputs=_sweep_inputs,
            outputs=lambda profile, _: _sweep_files(profile),
            profile_section=_fields("sweep"),
        ),
        Stage(
            "sensitivity",
            calls=_axes,
            inputs=_sensitivity_inputs,
            outputs=lambda profile, axis: [at.SENSITIVITY.of(axis=axis)],
            profile_section=_fields("sensitivity", "distillation", "max_new_tokens"),
            priority=lambda profile, axis: 10 + _axis_rank(profile, axis),
            modules=_sensitivity_modules,
        ),
        Stage(
            "view",
            calls=lambda profile: [""] if profile.view else [],
            inputs=_view_inputs,
            outputs=lambda profile, _: [at.VIEW_POSITIONS.of(), at.VIEW_GRID.of()],
            profile_section=_fields("view", "max_new_tokens", "benchmarks"),
            modules=lambda profile, _: _all_judge_modules(profile, profile.benchmarks),
        ),
        Stage(
            "tables",
            calls=_once,
            inputs=_table_inputs,
            outputs=_table_outputs,
            profile_section=_fields("tables", "baselines", "recovery", "examples"),
            data_files=lambda profile, _: [PAPER / "published.yaml"],
            loads_torch=False,
        ),
        Stage(
            "figures",
            calls=_once,
            inputs=_figure_inputs,
            outputs=_figure_outputs,
            profile_section=_fields(),
            data_files=lambda profile, _: [LIBRARY / "reporting" / "style.mplstyle"],
            loads_torch=False,
        ),
        Stage(
            "claims",
            calls=_once,
            inputs=_claim_inputs,
            outputs=lambda profile, _: [at.CLAIMS.of()],
            profile_section=_fields("recovery", "baselines", "attacks", "families"),
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
        inputs=_variant_files,
        outputs=lambda profile, variant: [at.LIKELIHOODS.of(variant=variant)],
        profile_section=lambda profile, variant: {"variant": profile.variants[variant]},
    )
}
