"""A whole profile, checked before anything runs.

A profile is one YAML file of `repro/profiles`. It names models, pairs of them, heads, variants and tables; no
default is hidden here. A profile that `extends` another only writes down what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from superficial.config.external import (
    NAME,
    Architecture,
    FunctionJudge,
    GenerativeJudge,
    Hub,
    Judge,
    Name,
    Source,
    Strict,
    Tuned,
    judge_identity,
)
from superficial.config.lab import (
    Distillation,
    Finetuned,
    Head,
    LogitDistillation,
    Pair,
    Pretrained,
    TransferredHead,
    World,
)
from superficial.config.reported import (
    Attack,
    Baselines,
    Benchmark,
    Comparison,
    Examples,
    ScoreTable,
    Sensitivity,
    Sweep,
    Variant,
    View,
)
from superficial.documents import checked, read_yaml


class Profile(Strict):
    """A whole reproduction at one scale."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9-]*$")]
    threads: PositiveInt
    disk_gigabytes: PositiveFloat
    needs_card: bool = False
    max_new_tokens: PositiveInt
    worlds: dict[Name, World]
    architectures: dict[Name, Architecture] = Field(default_factory=dict)
    sources: dict[Name, Source] = Field(default_factory=dict)
    judges: dict[Name, Judge] = Field(default_factory=dict)
    benchmarks: dict[Name, Benchmark]
    asked: Annotated[list[Name], Field(min_length=1)]
    models: dict[Name, Annotated[Pretrained | Finetuned | Hub | Tuned, Field(discriminator="recipe")]]
    pairs: dict[Name, Pair]
    distillation: Distillation
    logit_distillation: LogitDistillation
    heads: dict[Name, Annotated[Head | TransferredHead, Field(discriminator="kind")]]
    variants: dict[Name, Variant]
    tables: dict[Name, ScoreTable]
    recovery: dict[Name, Annotated[list[Comparison], Field(min_length=1)]]
    baselines: list[Baselines]
    attacks: list[Attack]
    families: list[Name]
    examples: dict[Name, Examples]
    sweep: Sweep | None
    sensitivity: Sensitivity | None
    view: View | None = None

    @model_validator(mode="after")
    def _names_are_known(self) -> Profile:
        def check(where: str, kind: str, name: str, known: Iterable[str]) -> None:
            if name not in known:
                raise ValueError(f"{where} names the {kind} {name!r}; there are {', '.join(sorted(known))}")

        for name, model in self.models.items():
            if isinstance(model, Pretrained):
                check(f"model {name}", "world", model.world, self.worlds)
            elif isinstance(model, Hub):
                check(f"model {name}", "source", model.world, self.sources)
                check(f"model {name}", "architecture", model.architecture, self.architectures)
            else:
                kinds = (Pretrained, Finetuned) if isinstance(model, Finetuned) else (Hub, Tuned)
                known = {n for n, m in self.models.items() if isinstance(m, kinds)} - {name}
                check(f"model {name}", "model", model.of, known)
                self._check_has_a_beginning(name)
                if isinstance(model, Finetuned) and model.early_stopping:
                    check(f"model {name}", "benchmark", model.early_stopping.benchmark, self.benchmarks)
        if both := set(self.worlds) & set(self.sources):
            raise ValueError(f"{min(both)!r} is the name of a world and of a source")
        for name, judge in self.judges.items():
            if isinstance(judge, GenerativeJudge):
                check(f"judge {name}", "architecture", judge.architecture, self.architectures)
        for name, judged in self.benchmarks.items():
            for judge_name in filter(None, (judged.judge, judged.second_judge)):
                if ":" not in judge_name:
                    check(f"benchmark {name}", "judge", judge_name, self.judges)
        for name, pair in self.pairs.items():
            check(f"pair {name}", "model", pair.base, self.models)
            check(f"pair {name}", "model", pair.aligned, self.models)
            worlds = {self.world_of(pair.base), self.world_of(pair.aligned)}
            if len(worlds) > 1:
                raise ValueError(f"pair {name} mixes the vocabularies of the worlds {' and '.join(sorted(worlds))}")
            for benchmark in pair.benchmarks:
                check(f"pair {name}", "benchmark", benchmark, self.benchmarks)
        for benchmark in self.asked:
            check("field asked", "benchmark", benchmark, self.benchmarks)
        black_boxes = {name for name, head in self.heads.items() if head.kind == "logit"}
        black_boxes |= {
            n for n, one in self.heads.items() if isinstance(one, TransferredHead) and one.of in black_boxes
        }
        for name, head in self.heads.items():
            check(f"head {name}", "pair", head.pair, self.pairs)
            if isinstance(head, TransferredHead):
                check(f"head {name}", "black-box head", head.of, black_boxes)
        for name, variant in self.variants.items():
            check(f"variant {name}", "model", variant.model, self.models)
            if variant.head is not None:
                check(f"variant {name}", "head", variant.head, self.heads)
            for benchmark in variant.benchmarks or []:
                check(f"variant {name}", "benchmark", benchmark, self.benchmarks)
        for name, table in self.tables.items():
            for row in table.rows:
                check(f"table {name}", "variant", row, self.variants)
        for baselines in self.baselines:
            for variant_name in (baselines.student, *baselines.others):
                check("field baselines", "variant", variant_name, self.variants)
        for variant_name in (name for attack in self.attacks for name in attack.model_dump().values()):
            check("field attacks", "variant", variant_name, self.variants)
        for comparison_name in (*self.families, *(example.comparison for example in self.examples.values())):
            check("field families or examples", "comparison", comparison_name, self.recovery)
        if self.sweep:
            check("field sweep", "head", self.sweep.head, self.heads)
            for pair_name in (self.sweep.small, self.sweep.large, self.sweep.identical):
                check("field sweep", "pair", pair_name, self.pairs)
            small, identical = self.pairs[self.sweep.small], self.pairs[self.sweep.identical]
            if (small.aligned, small.benchmarks) != (identical.aligned, identical.benchmarks):
                raise ValueError(
                    f"field sweep: the pairs {self.sweep.small} and {self.sweep.identical} must read one aligned "
                    "model's responses to the same benchmarks"
                )
        if self.sensitivity:
            check("field sensitivity", "comparison", self.sensitivity.comparison, self.recovery)
            for benchmark in self.sensitivity.benchmarks:
                check("field sensitivity", "benchmark", benchmark, self.benchmarks)
            for ways in self.sensitivity.axes.values():
                for way, otherwise in ways.items():
                    self.distillation_with(way, otherwise.changes)
                    if otherwise.pair:
                        check(f"sensitivity {way}", "pair", otherwise.pair, self.pairs)
        for field, kind in (("head", "residual"), ("black_box", "logit")) if self.view else ():
            viewed = getattr(self.view, field)
            if viewed is not None:
                check(
                    f"field view.{field}", f"{kind} head", viewed, [n for n, h in self.heads.items() if h.kind == kind]
                )
        for name, comparisons in self.recovery.items():
            for comparison in comparisons:
                for variant_name in comparison.model_dump().values():
                    check(f"recovery {name}", "variant", variant_name, self.variants)
        return self

    def _check_has_a_beginning(self, name: str) -> None:
        seen, recipe = [name], self.models[name]
        while isinstance(recipe, Finetuned | Tuned) and recipe.of in self.models:
            if recipe.of in seen:
                raise ValueError(f"model {name} is made from itself: {' of '.join([*seen, recipe.of])}")
            seen.append(recipe.of)
            recipe = self.models[recipe.of]

    def variants_of(self, model: str) -> list[str]:
        """Return the names of the variants that ask a model."""
        return [name for name, variant in self.variants.items() if variant.model == model]

    def distillation_with(self, way: str, changes: dict[str, Any]) -> Distillation:
        """Return the settings of the distillation with some fields changed.

        Raises:
            ValueError: where a changed field is unknown or its value is not allowed; `way` names it.
        """
        try:
            return Distillation.model_validate(self.distillation.model_dump() | changes)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise ValueError(f"sensitivity {way!r} changes {field!r} to {first['input']!r}: {first['msg']}") from error

    def asked_of(self, variant: str) -> list[str]:
        """Return the benchmarks a variant is asked."""
        return self.variants[variant].benchmarks or self.asked

    def models_behind(self, variant: str) -> set[str]:
        """Return the models that a variant's scores rest on: its own, what that is made of, and its head's pairs."""
        behind = {self.variants[variant].model}
        for name in self.heads_behind(variant):
            pair = self.pairs[self.heads[name].pair]
            behind |= {pair.base, pair.aligned}
        for name in list(behind):
            while not isinstance(made := self.models[name], Pretrained | Hub):
                behind.add(name := made.of)
        return behind

    def heads_behind(self, variant: str) -> list[str]:
        """Return a variant's head, and what that was chosen from."""
        head = self.variants[variant].head
        if head is None:
            return []
        behind = [head]
        while isinstance(settings := self.heads[behind[-1]], TransferredHead):
            behind.append(settings.of)
        return behind

    def judge_of(self, benchmark: str) -> Judge:
        """Return the judge of a benchmark's answers."""
        return self._judge(self.benchmarks[benchmark].judge)

    def _judge(self, named: str) -> Judge:
        return FunctionJudge(kind="function", function=named) if ":" in named else self.judges[named]

    def judges_used(self) -> dict[str, Judge]:
        """Return all judges; a function is named with a dot for its colon."""
        return {name: self._judge(written) for written, name in self._judge_names().items()}

    def _judge_names(self) -> dict[str, str]:
        written = [name for one in self.benchmarks.values() for name in (one.judge, one.second_judge) if name]
        return {name: name.replace(":", ".") for name in written}

    def judged_by(self, name: str) -> list[str]:
        """Return the benchmarks whose judge is the one of a name in `judges_used`."""
        names = self._judge_names()
        return [benchmark for benchmark, one in self.benchmarks.items() if names[one.judge] == name]

    def seconded_by(self, name: str) -> list[str]:
        """Return the benchmarks whose second judge is the one of a name in `judges_used`."""
        names = self._judge_names()
        return [b for b, one in self.benchmarks.items() if one.second_judge and names[one.second_judge] == name]

    def judge_names(self, benchmark: str) -> list[str]:
        """Return what the scores of a benchmark say of its judge and, where it has one, of its second."""
        one = self.benchmarks[benchmark]
        return [judge_identity(self._judge(name)) for name in (one.judge, one.second_judge) if name]

    def judge_identities(self) -> dict[str, str]:
        """Return what each benchmark's scores say of their judge."""
        return {name: judge_identity(self.judge_of(name)) for name in self.benchmarks}

    def traced_before(self, pair: str) -> str | None:
        """Return the first of the pairs before this one that reads the same responses, or None."""
        read = self.pairs[pair].model_dump(exclude={"base", "base_prompt"})
        same = [name for name, other in self.pairs.items() if other.model_dump(exclude={"base", "base_prompt"}) == read]
        return same[0] if same[0] != pair else None

    def world_of(self, model: str) -> str:
        """Return the name of the world or source that a model is asked about."""
        settings = self.models[model]
        return settings.world if isinstance(settings, Pretrained | Hub) else self.world_of(settings.of)


def _merge(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _read(path: Path, *extending: str) -> dict[str, Any]:
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml"))) or "none"
        raise ValueError(f"There is no profile {path.stem!r} in {path.parent.name}/; the profiles are: {known}.")
    content = read_yaml(path)
    under = content.pop("extends", None)
    if under is None:
        return content
    if not isinstance(under, str) or not re.fullmatch(rf"(parts/)?{NAME[1:-1]}", under):
        raise ValueError(f"{path}: field 'extends' has the value {under!r}: it is the name of another profile.")
    if under in (path.stem, *extending):
        raise ValueError(f"{path}: field 'extends' has the value {under!r}: a profile cannot extend itself.")
    return _merge(_read(path.parent / f"{under}.yaml", path.stem, *extending), content)


def load_profile(path: Path) -> Profile:
    """Read and check a profile.

    Raises:
        ValueError: one sentence that names the file, the field, the value and what is allowed.
    """
    return checked(path, _read(path), Profile)
