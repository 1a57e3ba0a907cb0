"""A whole profile: everything that one reproduction is made of, with what follows from it.

Settings of the method have no defaults: a profile writes out all of them. `superficial.config.loading` reads profiles.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from superficial.config import checks
from superficial.config.checkpoints import Hub, Package, Published, Tuned
from superficial.config.depth import Depth, Grafted, Size
from superficial.config.distillation import BlackBoxDistillation, Distillation, K
from superficial.config.draws import Draws
from superficial.config.evaluation import Benchmark, Variant
from superficial.config.heads import BlackBox, Head, Pair, TransferredHead
from superficial.config.judges import FunctionJudge, Judge, judge_identity
from superficial.config.lab import Finetuned, Pretrained, World
from superficial.config.questions import Source
from superficial.config.reports import (
    Attack,
    Baselines,
    Comparison,
    Controls,
    Examples,
    ScoreTable,
    SeveralBases,
    View,
)
from superficial.config.shapes import Architecture
from superficial.config.studies import Sensitivity, Sweep
from superficial.config.types import Name, StrictModel


class Profile(StrictModel):
    """A whole reproduction at one scale.

    `head_sets` names the head that answers each benchmark, where a variant has several. `main_head` is the head, or the
    set, of Figures 1 and 2 and of the table of shift tokens, `main_comparison` the one that most claims are about,
    `transfer_comparison` the one of C8. `generality_comparisons` are those of other model families (C11).
    `general_tuning` is the part of C10 on fine-tuning with harmless data, where the profile has it. `several_bases` are
    the variants of D5 and D6.

    A profile with `draws` is run as these, see `superficial.config.draws`. `one_of_draws` names the profile with draws
    of which this one repeats the experiment once.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*(/draw-\d+)?$")]
    draws: Draws | None = None
    one_of_draws: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")] | None = None
    threads: PositiveInt
    disk_gigabytes: PositiveFloat
    needs_gpu: bool = False
    max_new_tokens: PositiveInt
    worlds: dict[Name, World]
    architectures: dict[Name, Architecture] = Field(default_factory=dict)
    sources: dict[Name, Source] = Field(default_factory=dict)
    judges: dict[Name, Annotated[Judge, Field(discriminator="kind")]] = Field(default_factory=dict)
    benchmarks: dict[Name, Benchmark]
    evaluated_benchmarks: Annotated[list[Name], Field(min_length=1)]
    models: dict[
        Name, Annotated[Pretrained | Finetuned | Grafted | Hub | Package | Tuned, Field(discriminator="recipe")]
    ]
    pairs: dict[Name, Pair]
    distillation: Distillation
    black_box_distillation: BlackBoxDistillation
    heads: dict[Name, Annotated[Head | BlackBox | TransferredHead, Field(discriminator="kind")]]
    head_sets: dict[Name, Annotated[dict[Name, Name], Field(min_length=1)]] = Field(default_factory=dict)
    main_head: Name
    variants: dict[Name, Variant]
    tables: dict[Name, ScoreTable]
    recovery: dict[Name, Annotated[list[Comparison], Field(min_length=1)]]
    main_comparison: Name
    transfer_comparison: Name | None
    generality_comparisons: list[Name]
    controls: Controls | None
    baselines: list[Baselines]
    attacks: list[Attack]
    general_tuning: Attack | None = None
    several_bases: SeveralBases | None = None
    examples: dict[Name, Examples]
    sweep: Sweep | None
    sensitivity: Sensitivity | None
    view: View | None = None
    depth: Depth | None = None
    size: Size | None = None

    @model_validator(mode="after")
    def _names_are_known(self) -> Profile:
        checks.check_profile(self)
        return self

    def variants_of(self, model: str) -> list[str]:
        """Return the names of the variants that are evaluated with a model, with or without a head."""
        return [name for name, one in self.variants.items() if one.model == model and one.neighbour is None]

    def neighbours(self) -> list[str]:
        """Return the names of the variants with a neighbouring method."""
        return [name for name, one in self.variants.items() if one.neighbour is not None]

    def benchmarks_of(self, variant: str) -> list[str]:
        """Return the benchmarks that a variant is evaluated on."""
        return self.variants[variant].benchmarks or self.evaluated_benchmarks

    def world_of(self, model: str) -> str:
        """Return the name of the world or source whose questions a model is evaluated on."""
        settings = self.models[model]
        return settings.world if isinstance(settings, Pretrained | Published) else self.world_of(settings.starts_from)

    def token_limits(self, benchmarks: Iterable[str]) -> list[int]:
        """Return the length of the longest response to a question of each of these benchmarks, in tokens."""
        return [self.benchmarks[name].max_new_tokens or self.max_new_tokens for name in benchmarks]

    @property
    def chosen_benchmarks(self) -> list[str]:
        """Return the benchmarks whose answers are chosen, not written."""
        return [name for name, settings in self.benchmarks.items() if settings.answers == "chosen"]

    def answering(self) -> dict[str, dict[str, Any]]:
        """Return how benchmarks are answered that are not answered as the rest of the profile is."""
        fields = {"answers": "written", "max_new_tokens": None}
        changed = {
            name: {
                field: getattr(settings, field) for field, usual in fields.items() if getattr(settings, field) != usual
            }
            for name, settings in self.benchmarks.items()
        }
        return {name: settings for name, settings in changed.items() if settings}

    def pair_with_same_responses(self, pair: str) -> str | None:
        """Return the first earlier pair that reads the same responses, or None."""
        first = next(name for name, other in self.pairs.items() if _reads(other) == _reads(self.pairs[pair]))
        return first if first != pair else None

    def heads_in(self, name: str) -> list[str]:
        """Return the heads of a set, or the one head of that name."""
        return list(dict.fromkeys(self.head_sets[name].values())) if name in self.head_sets else [name]

    def head_for(self, variant: str, benchmark: str) -> str | None:
        """Return the head with which a variant answers a benchmark; None: it has no head.

        Raises:
            ValueError: if the variant has a set of heads without one for the benchmark.
        """
        name = self.variants[variant].head
        if name not in self.head_sets:
            return name
        heads = self.head_sets[name]
        if benchmark not in heads:
            raise ValueError(
                f"variant {variant} is evaluated on {benchmark}, which no head of {name} answers; they answer "
                f"{', '.join(heads)}; add {benchmark} to one_head_per_benchmark"
            )
        return heads[benchmark]

    def benchmarks_by_head(self, variant: str) -> dict[str | None, list[str]]:
        """Return the heads of a variant with the benchmarks that each answers; without a head, None answers all."""
        answered: dict[str | None, list[str]] = {}
        for benchmark in self.benchmarks_of(variant):
            answered.setdefault(self.head_for(variant, benchmark), []).append(benchmark)
        return answered

    def benchmarks_distilled(self, head: str) -> list[str]:
        """Return the benchmarks that a head is distilled and measured on."""
        settings = self.heads[head]
        if isinstance(settings, TransferredHead):
            return self.benchmarks_distilled(settings.source_head)
        return settings.benchmarks or self.pairs[settings.pair].benchmarks

    def pair_of_head(self, name: str) -> str:
        """Return the pair that a head, or a set of heads, was learned from; of several pairs, the one it belongs to."""
        return self.heads[self.heads_in(name)[0]].pair

    def pairs_of_head(self, head: str) -> list[str]:
        """Return every pair that a head was learned from, or that it was transferred to."""
        settings = self.heads[head]
        return [settings.pair, *(settings.further_pairs if isinstance(settings, BlackBox) else ())]

    def own_ks(self) -> dict[str, list[K]]:
        """Return the k of each black-box head that has k of its own."""
        heads = {name: head for name, head in self.heads.items() if isinstance(head, BlackBox)}
        return {name: head.k for name, head in heads.items() if head.k is not None}

    def black_box_settings(self, head: str) -> BlackBoxDistillation:
        """Return how a black-box head is trained: as all of the profile are, but for settings of its own."""
        settings = self.heads[head]
        own = {"k": settings.k, "epochs": settings.epochs} if isinstance(settings, BlackBox) else {}
        return self.black_box_distillation.with_changes(
            **{field: value for field, value in own.items() if value is not None}
        )

    def heads_behind(self, head: str) -> list[str]:
        """Return the heads that a head needs: the one it was transferred from, and those that wrote its traces."""
        settings = self.heads[head]
        source = [settings.source_head] if isinstance(settings, TransferredHead) else []
        writers = (self.pairs[pair].written_with for pair in self.pairs_of_head(head))
        return [*source, *(writer for writer in writers if writer is not None)]

    def heads_used_by(self, variant: str) -> list[str]:
        """Return the heads of a variant, and all that these need, see `heads_behind`."""
        name = self.variants[variant].head
        heads = [] if name is None else self.heads_in(name)
        for head in heads:
            heads += [behind for behind in self.heads_behind(head) if behind not in heads]
        return heads

    def origin_of(self, model: str) -> str:
        """Return the model that a model was made from by any number of trainings; itself if it starts from none."""
        settings = self.models[model]
        return model if isinstance(settings, Pretrained | Published) else self.origin_of(settings.starts_from)

    def models_used_by(self, variant: str) -> set[str]:
        """Return the models that a variant's scores depend on: its own, its heads' pairs', and what they start from."""
        neighbour = self.variants[variant].neighbour
        models = {self.variants[variant].model, *(neighbour.others if neighbour else ())}
        for head in self.heads_used_by(variant):
            for pair in map(self.pairs.__getitem__, self.pairs_of_head(head)):
                models |= {pair.base, pair.aligned}
        for name in list(models):
            while not isinstance(settings := self.models[name], Pretrained | Published):
                if isinstance(settings, Grafted):
                    models.add(settings.source)
                models.add(name := settings.starts_from)
        return models

    def distillation_with(self, alternative: str, changes: dict[str, Any]) -> Distillation:
        """Return the settings of the distillation with some fields changed.

        Raises:
            ValueError: if a changed field is unknown or its value is not allowed; `alternative` names it.
        """
        try:
            return self.distillation.with_changes(**changes)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise ValueError(
                f"sensitivity {alternative!r} changes {field!r} to {first['input']!r}: {first['msg']}"
            ) from error

    def all_judges(self) -> dict[str, Judge]:
        """Return the judges and second judges of all benchmarks by name, functions with a dot instead of the colon."""
        return {
            _judge_name(reference): self._judge(reference)
            for benchmark in self.benchmarks.values()
            for reference in (benchmark.judge, benchmark.second_judge)
            if reference
        }

    def judge_of(self, benchmark: str) -> Judge:
        """Return the judge of the responses to a benchmark."""
        return self._judge(self.benchmarks[benchmark].judge)

    def _judge(self, reference: str) -> Judge:
        if ":" in reference:
            return FunctionJudge(kind="function", function=reference)
        return self.judges[reference]

    def benchmarks_judged_by(self, judge: str) -> list[str]:
        """Return the benchmarks with a given judge, by a name of `all_judges`."""
        return [name for name, benchmark in self.benchmarks.items() if _judge_name(benchmark.judge) == judge]

    def benchmarks_second_judged_by(self, judge: str) -> list[str]:
        """Return the benchmarks with a given second judge, by a name of `all_judges`."""
        return [
            name
            for name, benchmark in self.benchmarks.items()
            if benchmark.second_judge and _judge_name(benchmark.second_judge) == judge
        ]

    def judge_identities(self) -> dict[str, str]:
        """Return, for each benchmark, the name of its judge that its scores carry."""
        return {name: judge_identity(self.judge_of(name)) for name in self.benchmarks}

    def judge_identities_of(self, benchmark: str) -> list[str]:
        """Return the names that the scores of a benchmark carry, of its judge and of its second judge if it has one."""
        references = (self.benchmarks[benchmark].judge, self.benchmarks[benchmark].second_judge)
        return [judge_identity(self._judge(reference)) for reference in references if reference]


def _judge_name(reference: str) -> str:
    return reference.replace(":", ".")


def _reads(pair: Pair) -> dict[str, Any]:
    """Return what decides which responses the models of a pair read, and what the aligned model reads before them."""
    if pair.written_with:
        return pair.model_dump()
    of_base = {"base", "base_prompt_format", "wrapper", "aligned_is_wrapped"}
    return pair.model_dump(exclude=of_base) | {"aligned_wrapper": pair.aligned_wrapper}
