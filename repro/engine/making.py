"""Files, code and order of the stages that make models, traces, heads and scores: train, tune, ..., score.

Paths are relative to the results folder. `repro/workflow.py` uses these functions; each takes a profile and the name
that the stage is called on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from superficial import artifacts as at
from superficial.benchmarks import benchmark_names
from superficial.config import SPLITS, Finetuned, Pretrained, Profile, Published, TransferredHead, Tuned
from superficial.judges.kinds import judge_modules
from superficial.lab.recipes import training_modules


def model_file(profile: Profile, model: str) -> str:
    """Return the file that shows that a model is there: its weights, or the pointer to a checkpoint made by others."""
    return (at.POINTER if isinstance(profile.models[model], Published) else at.WEIGHTS).of(model=model)


def models(*recipes: type) -> Callable[[Profile], list[str]]:
    return lambda profile: [name for name, recipe in profile.models.items() if isinstance(recipe, recipes)]


trained = models(Pretrained, Finetuned)


def questions(world: str) -> list[str]:
    return [at.QUESTIONS.of(world=world, split=split) for split in SPLITS]


def train_inputs(profile: Profile, model: str) -> list[str]:
    recipe, world = profile.models[model], profile.world_of(model)
    if isinstance(recipe, Pretrained):
        return [at.TOKENIZER.of(world=world)]
    assert isinstance(recipe, Finetuned), "only the lab's own models are trained"
    validation = [at.QUESTIONS.of(world=world, split="validation")] if recipe.early_stopping else []
    return [model_file(profile, recipe.starts_from), at.CONTEXT.of(world=world), *validation]


def tune_inputs(profile: Profile, model: str) -> list[str]:
    recipe = profile.models[model]
    assert isinstance(recipe, Tuned), "only models of others are tuned"
    return [model_file(profile, recipe.starts_from)]


def tune_section(profile: Profile, model: str) -> dict[str, Any]:
    """Return the recipe of a tuned model, with the templates of the benchmarks that its conversations are of."""
    recipe = profile.models[model]
    assert isinstance(recipe, Tuned), "only models of others are tuned"
    if recipe.reader != "own":
        return {"model": recipe}
    questions = profile.sources[profile.world_of(model)].questions
    return {"model": recipe, "templates": {name: each.template for name, each in questions.items()}}


def train_modules(profile: Profile, model: str) -> list[str]:
    recipe = profile.models[model]
    assert isinstance(recipe, Pretrained | Finetuned), "the stage is called on models of the lab"
    return training_modules(profile, recipe)


def training_rank(profile: Profile, model: str) -> int:
    """Return the place of a model by how much training depends on it, its own included; the longest chain is last."""

    def size(name: str) -> int:
        recipe = ancestor = profile.models[name]
        while isinstance(ancestor, Finetuned):
            ancestor = profile.models[ancestor.starts_from]
        assert isinstance(recipe, Pretrained | Finetuned) and isinstance(ancestor, Pretrained)
        training, shape = recipe.training, ancestor.shape
        own = training.steps * training.batch_size * training.block_length * shape.width**2 * shape.layers
        made_from_it = [
            other for other, made in profile.models.items() if isinstance(made, Finetuned) and made.starts_from == name
        ]
        return own + max(map(size, made_from_it), default=0)

    return sorted(trained(profile), key=size).index(model)


def trace_inputs(profile: Profile, pair: str) -> list[str]:
    models, first = profile.pairs[pair], profile.pair_with_same_responses(pair)
    world = profile.world_of(models.base)
    earlier = [at.OUTPUT_HEADS.of(pair=first), at.PAIR.of(pair=first)] if first else []
    writer = [at.HEAD.of(head=models.written_with)] if models.written_with else []
    return [
        *(model_file(profile, model) for model in (models.base, models.aligned)),
        *questions(world),
        at.CONTEXT.of(world=world),
        *earlier,
        *writer,
    ]


def trace_outputs(profile: Profile, pair: str) -> list[str]:
    return [
        at.OUTPUT_HEADS.of(pair=pair),
        at.PAIR.of(pair=pair),
        *(at.TRACED_RESPONSES.of(pair=pair, split=split) for split in SPLITS),
        *(at.SHARDS.of(pair=pair, split=split) for split in SPLITS),
    ]


def head_inputs(profile: Profile, head: str) -> list[str]:
    settings = profile.heads[head]
    source = [at.HEAD.of(head=settings.source_head)] if isinstance(settings, TransferredHead) else []
    pair = settings.pair
    base = model_file(profile, profile.pairs[pair].base)
    further = [at.OUTPUT_HEADS.of(pair=other) for other in profile.pairs_of_head(head)[1:]]
    return [at.OUTPUT_HEADS.of(pair=pair), at.PAIR.of(pair=pair), base, *source, *further]


def head_outputs(profile: Profile, head: str) -> list[str]:
    return [kind.of(head=head) for kind in (at.HEAD, at.CARD, at.INSPECTION, at.POSITIONS)]


def head_section(profile: Profile, head: str) -> dict[str, Any]:
    settings = profile.heads[head]
    residual = settings.kind == "residual"
    return {
        "head": settings,
        "benchmarks": profile.benchmarks_distilled(head),
        "distillation": profile.distillation if residual else profile.black_box_distillation,
    }


def evaluated(profile: Profile) -> list[str]:
    return [model for model in profile.models if profile.variants_of(model)]


def evaluate_inputs(profile: Profile, model: str) -> list[str]:
    world = profile.world_of(model)
    heads = sorted({head for name in profile.variants_of(model) for head in profile.benchmarks_by_head(name) if head})
    return [
        model_file(profile, model),
        *questions(world),
        at.CONTEXT.of(world=world),
        *(at.HEAD.of(head=head) for head in heads),
        # Responses with a head end at the end token of the aligned model, too.
        *(model_file(profile, profile.pairs[profile.heads[head].pair].aligned) for head in heads),
    ]


def evaluate_outputs(profile: Profile, model: str) -> list[str]:
    return [
        at.RESPONSES.of(variant=variant, benchmark=benchmark)
        for variant in profile.variants_of(model)
        for benchmark in profile.benchmarks_of(variant)
    ]


def evaluate_section(profile: Profile, model: str) -> dict[str, Any]:
    variants = {name: profile.variants[name] for name in profile.variants_of(model)}
    return {
        "variants": variants,
        "benchmarks_by_head": [profile.benchmarks_by_head(name) for name in variants],
        "max_new_tokens": profile.max_new_tokens,
        "evaluated_benchmarks": profile.evaluated_benchmarks,
    } | profile.answering()


def variant_files(profile: Profile, variant: str) -> list[str]:
    settings = profile.variants[variant]
    heads = profile.heads_in(settings.head) if settings.head else []
    return [model_file(profile, settings.model), *(at.HEAD.of(head=head) for head in heads)]


def all_judge_modules(profile: Profile, benchmarks: Iterable[str]) -> list[str]:
    return sorted({module for name in benchmarks for module in judge_modules(profile.judge_of(name))})


def benchmark_modules(profile: Profile) -> list[str]:
    """Return the modules that declare the measures: `measures.scores` loads the benchmarks by name."""
    return [f"superficial.benchmarks.{name}" for name in benchmark_names() if name in profile.benchmarks]


def scores_of(profile: Profile, judge: str) -> list[str]:
    kinds = (
        (at.SCORES, profile.benchmarks_judged_by(judge)),
        (at.SECOND_SCORES, profile.benchmarks_second_judged_by(judge)),
    )
    return [
        kind.of(variant=variant, benchmark=benchmark)
        for kind, benchmarks in kinds
        for variant in profile.variants
        for benchmark in profile.benchmarks_of(variant)
        if benchmark in benchmarks
    ]


def scoring_judges(profile: Profile) -> list[str]:
    return [judge for judge in profile.all_judges() if scores_of(profile, judge)]


def loaded_judges(profile: Profile) -> list[str]:
    """Return the judges that need more than a function: a checkpoint, or a key."""
    return [judge for judge in scoring_judges(profile) if judge in profile.judges]


def checkpoints(profile: Profile, judge: str) -> list[str]:
    """Return the file of each checkpoint of a judge."""
    numbers = range(len(profile.judges[judge].checkpoints))
    return [at.JUDGE_CHECKPOINT.of(judge=judge, number=str(number)) for number in numbers]


def score_inputs(profile: Profile, judge: str) -> list[str]:
    scores = {path.split("/", 1)[1] for path in scores_of(profile, judge)}
    checked = [*checkpoints(profile, judge), at.JUDGE.of(judge=judge)] if judge in profile.judges else []
    return [*sorted(f"responses/{path}" for path in scores), *checked]
