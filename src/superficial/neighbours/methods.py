"""Runs each neighbouring method on a table of questions: loads its models, makes its choices, counts its cost.

Whatever is chosen, a threshold or a layer, is chosen by scores on validation questions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from transformers import PreTrainedModel

from superficial.config.evaluation import Variant
from superficial.config.neighbours import Direction, Nudging, Prefill, Proxy
from superficial.config.questions import Context
from superficial.config.types import PromptFormat
from superficial.depth.parts import parts_of
from superficial.measures.scores import FOUR_RATES, MEASURES, values
from superficial.models.batches import DEFAULT_BATCH
from superficial.models.end_tokens import end_tokens_of
from superficial.models.generation import generate
from superficial.models.loading import load_model
from superficial.neighbours.direction import added, directions, removed
from superficial.neighbours.in_step import Choice, Reader, write_in_step
from superficial.neighbours.nudging import nudged
from superficial.neighbours.prefill import prefilled
from superficial.neighbours.proxy import proxy_tuned
from superficial.prompts import Prompting
from superficial.question_sample import some_of_each

Advance = Callable[[int], None]
# Questions on which the speed of the model alone is measured.
_TIMED = 64


@dataclass(frozen=True)
class Setting:
    """What a method runs in.

    Attributes:
        variant: the variant, with the settings of its method.
        context: the texts around a question.
        max_new_tokens: the longest response, in tokens.
        models: the folder of all models.
        validation: the questions that choices are made on.
        score: adds the judges' scores to responses.
    """

    variant: Variant
    context: Context
    max_new_tokens: int
    models: Path
    validation: pd.DataFrame
    score: Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Written:
    """Responses, and the cost of a method.

    Keys of `cost`: chosen (what validation chose, or None), extra_parameters (of the other models, or numbers of a
    direction), passes (forward passes for each token, weighted by the size of the model relative to the variant's own),
    tokens_per_second, tokens_per_second_alone (of the variant's model without the method).
    """

    responses: pd.DataFrame
    cost: dict[str, Any]


@dataclass(frozen=True)
class _Loaded:
    setting: Setting
    model: PreTrainedModel
    tokenizer: Any
    others: list[PreTrainedModel]
    end_tokens: list[int]

    def prompts(self, questions: pd.DataFrame, prompt_format: PromptFormat | None = None) -> list[list[int]]:
        return self.prompting(prompt_format).prompts(self.tokenizer, questions)

    def prompting(self, prompt_format: PromptFormat | None = None) -> Prompting:
        variant = self.setting.variant
        return Prompting(self.setting.context, prompt_format or variant.prompt_format, variant.wrapper)

    def generate(
        self, model: PreTrainedModel, prompts: list[list[int]], length: int, advance: Advance
    ) -> list[list[int]]:
        return generate(model, prompts, self.end_tokens, length, DEFAULT_BATCH, advance)

    def with_texts(self, questions: pd.DataFrame, tokens: list[list[int]]) -> pd.DataFrame:
        texts = self.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        parts = zip(texts, questions["benchmark"], strict=True)
        return questions.assign(response=[self.prompting().answer_part(*part) for part in parts])


def write_responses(setting: Setting, questions: pd.DataFrame, advance: Advance) -> Written:
    """Return the responses of a variant with a neighbouring method, and their cost."""
    method = setting.variant.neighbour
    model, tokenizer = load_model(setting.models / setting.variant.model)
    loaded = {name: load_model(setting.models / name) for name in method.others} if method else {}
    ends = [*end_tokens_of(model, tokenizer), *(end for pair in loaded.values() for end in end_tokens_of(*pair))]
    run = _Loaded(setting, model, tokenizer, [one for one, _ in loaded.values()], list(dict.fromkeys(ends)))
    alone = _speed(lambda: run.generate(model, run.prompts(questions)[:_TIMED], setting.max_new_tokens, _ignore))
    started = time.monotonic()
    if isinstance(method, Proxy):
        tokens, cost = _by_proxy(run, method, questions, advance)
    elif isinstance(method, Nudging):
        tokens, cost = _by_nudging(run, method, questions, advance)
    elif isinstance(method, Prefill):
        tokens, cost = _by_prefill(run, method, questions, advance)
    else:
        assert isinstance(method, Direction), "there is no other method"
        tokens, cost = _by_direction(run, method, questions, advance)
    seconds = time.monotonic() - started - cost.pop("choosing_seconds", 0.0)
    cost |= {"tokens_per_second": sum(map(len, tokens)) / seconds, "tokens_per_second_alone": alone}
    return Written(run.with_texts(questions, tokens), cost)


def _by_proxy(run: _Loaded, method: Proxy, questions: pd.DataFrame, advance: Advance) -> tuple[list[list[int]], dict]:
    formats = (method.expert_prompt_format, method.anti_expert_prompt_format)
    return _in_step(run, questions, formats, proxy_tuned, advance), _cost_of_models(run, None)


def _by_nudging(
    run: _Loaded, method: Nudging, questions: pd.DataFrame, advance: Advance
) -> tuple[list[list[int]], dict]:
    started, formats = time.monotonic(), (method.nudger_prompt_format,)
    asked = _asked(run, set(questions["benchmark"]), method.questions)

    def quality(threshold: float) -> float:
        written = _in_step(run, asked, formats, nudged(threshold), _ignore)
        return mean_goodness(run.setting.score(run.with_texts(asked, written)))

    chosen = max(method.thresholds, key=quality)
    seconds = time.monotonic() - started
    tokens = _in_step(run, questions, formats, nudged(chosen), advance)
    return tokens, _cost_of_models(run, f"threshold {chosen:g}") | {"choosing_seconds": seconds}


def _by_prefill(
    run: _Loaded, method: Prefill, questions: pd.DataFrame, advance: Advance
) -> tuple[list[list[int]], dict]:
    (writer,) = run.others
    started_by = run.generate(writer, run.prompts(questions, method.writer_prompt_format), method.tokens, _ignore)
    prompts, first = prefilled(run.prompts(questions), started_by, method.tokens, run.end_tokens)
    rest = run.generate(run.model, prompts, run.setting.max_new_tokens, advance)
    tokens = [(start + end)[: run.setting.max_new_tokens] for start, end in zip(first, rest, strict=True)]
    # The given tokens could be written by a person: no other model is needed.
    return tokens, {"chosen": None, "extra_parameters": 0, "passes": 1.0}


def _by_direction(
    run: _Loaded, method: Direction, questions: pd.DataFrame, advance: Advance
) -> tuple[list[list[int]], dict]:
    started, (reader,) = time.monotonic(), run.others
    benchmarks = {"harmful": method.harmful, "harmless": method.harmless}
    asked = {kind: _asked(run, {name}, method.questions) for kind, name in benchmarks.items()}
    parts = parts_of(reader)
    of_layers = directions(
        reader, parts, *(run.prompts(asked[kind], method.reader_prompt_format) for kind in ("harmful", "harmless"))
    )

    def changed(layer: int) -> AbstractContextManager[None]:
        if method.change == "remove":
            return removed(run.model, parts, of_layers[layer])
        return added(run.model, parts, of_layers[layer], layer)

    def refusals(layer: int) -> float:
        """How much more often harmful than harmless questions are refused; for a removal, how seldom harmful ones."""
        harmful = _refused(run, asked["harmful"], changed(layer))
        return -harmful if method.change == "remove" else harmful - _refused(run, asked["harmless"], changed(layer))

    chosen = max(range(parts.count), key=refusals)
    seconds = time.monotonic() - started
    with changed(chosen):
        tokens = run.generate(run.model, run.prompts(questions), run.setting.max_new_tokens, advance)
    cost = {"chosen": f"layer {chosen + 1}", "extra_parameters": of_layers.shape[1], "passes": 1.0}
    return tokens, cost | {"choosing_seconds": seconds}


def mean_goodness(scores: pd.DataFrame) -> float:
    """Return the mean of the four rates and of over-refusal, as far as there are scores, each towards better values."""
    by_benchmark = dict(tuple(scores.groupby("benchmark")))
    measured = [name for name in (*FOUR_RATES, "over_refusal") if MEASURES[name].benchmark in by_benchmark]
    return float(np.mean([MEASURES[name].sign * np.nanmean(values(by_benchmark, name)) for name in measured]))


def _refused(run: _Loaded, questions: pd.DataFrame, change: AbstractContextManager[None]) -> float:
    with change:
        tokens = run.generate(run.model, run.prompts(questions), run.setting.max_new_tokens, _ignore)
    return float(run.setting.score(run.with_texts(questions, tokens))["refused"].mean())


def _in_step(
    run: _Loaded, questions: pd.DataFrame, formats: tuple[PromptFormat, ...], choose: Choice, advance: Advance
) -> list[list[int]]:
    readers = [Reader(run.model, run.prompts(questions))]
    readers += [
        Reader(model, run.prompts(questions, prompt_format))
        for model, prompt_format in zip(run.others, formats, strict=True)
    ]
    return write_in_step(readers, choose, run.end_tokens, run.setting.max_new_tokens, DEFAULT_BATCH, advance)


def _cost_of_models(run: _Loaded, chosen: str | None) -> dict[str, Any]:
    others = sum(model.num_parameters() for model in run.others)
    return {"chosen": chosen, "extra_parameters": others, "passes": 1 + others / run.model.num_parameters()}


def _asked(run: _Loaded, benchmarks: set[str], count: int) -> pd.DataFrame:
    """Return the validation questions that choices are made on: so many of each benchmark."""
    validation = run.setting.validation
    return some_of_each(validation[validation["benchmark"].isin(benchmarks)], count)


def _speed(write: Callable[[], list[list[int]]]) -> float:
    started = time.monotonic()
    return sum(map(len, write())) / (time.monotonic() - started)


def _ignore(_: int) -> None:
    pass
