"""Judges that are models: a sequence classifier (toxicity), and language models that answer yes or no."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from transformers import AutoModelForSequenceClassification

from superficial.config.judges import ClassifierJudge, GenerativeJudge, YesNoModel
from superficial.judges import Judge, Judgement
from superficial.judges.keyword import judgement
from superficial.models.device import device
from superficial.models.end_tokens import end_tokens_of
from superficial.models.generation import generate
from superficial.models.loading import load_complete, load_model, load_tokenizer
from superficial.models.location import read_pointer, resolve
from superficial.prompt_tokens import text_tokens

_MAX_LENGTH = 512
_ANSWER_TOKENS = 5
NOT_FINITE = "the judge's logits are not finite"


def make_judge(settings: ClassifierJudge | GenerativeJudge, folder: Path, rows: pd.DataFrame) -> Judge:
    """Return a judge; the folders 0, 1, ... of `folder` hold pointers to its checkpoints."""
    count = 1 if isinstance(settings, ClassifierJudge) else len(settings.models)
    checkpoints = [folder / str(number) for number in range(count)]
    identity = " and ".join(_identity(checkpoint) for checkpoint in checkpoints)
    if isinstance(settings, ClassifierJudge):
        return Judge(identity, partial(_classify, settings, *_load_classifier(settings, checkpoints[0])))
    return Judge(identity, partial(_judge_by_answers, settings, checkpoints))


def _identity(checkpoint: Path) -> str:
    pointer = read_pointer(checkpoint)
    if pointer is None:
        raise ValueError(f"There is no checkpoint of a judge in {checkpoint}.")
    return pointer.identity


def _load_classifier(settings: ClassifierJudge, checkpoint: Path) -> tuple[Any, Any]:
    folder, _ = resolve(checkpoint)
    model: Any = load_complete(AutoModelForSequenceClassification, folder)
    if settings.positive_class >= model.config.num_labels:
        raise ValueError(
            f"positive_class is {settings.positive_class}, and the classifier {settings.checkpoint.identity} has "
            f"{model.config.num_labels} classes, numbered from 0."
        )
    return model.to(device()), load_tokenizer(folder)


@torch.inference_mode()
def _classify(settings: ClassifierJudge, model: Any, tokenizer: Any, rows: pd.DataFrame) -> list[Judgement]:
    judgements: list[Judgement] = []
    texts = list(rows["response"])
    max_length = min(_MAX_LENGTH, model.config.max_position_embeddings - 2)
    for begin in range(0, len(texts), settings.batch_size):
        batch = texts[begin : begin + settings.batch_size]
        inputs = tokenizer(batch, padding=True, truncation=True, max_length=max_length, return_tensors="pt")
        for text, logits in zip(batch, model(**inputs.to(model.device)).logits.float(), strict=True):
            if logits.isfinite().all():
                judgements.append(judgement(text, float(logits.argmax() == settings.positive_class)))
            else:
                judgements.append(judgement(text, math.nan, NOT_FINITE))
    return judgements


def _judge_by_answers(settings: GenerativeJudge, checkpoints: list[Path], rows: pd.DataFrame) -> list[Judgement]:
    """Ask each language model its question about every response; the score is that of yes where all answer yes."""
    # One model after the other: a GPU may not hold two.
    answers_by_model = [
        _answers(judge_model, checkpoint, rows, settings.batch_size)
        for judge_model, checkpoint in zip(settings.models, checkpoints, strict=True)
    ]
    return [
        _judgement(settings, response, list(answers))
        for response, *answers in zip(rows["response"], *answers_by_model, strict=True)
    ]


def _judgement(settings: GenerativeJudge, response: str, answers: list[str]) -> Judgement:
    verdicts = []
    for judge_model, answer in zip(settings.models, answers, strict=True):
        says_yes = verdict(answer, judge_model)
        if says_yes is None:
            reason = f"the judge {judge_model.checkpoint.identity} answered {answer.strip()[:40]!r}"
            return judgement(response, math.nan, reason)
        verdicts.append(says_yes)
    return judgement(response, settings.scores["yes" if all(verdicts) else "no"])


def verdict(answer: str, judge_model: YesNoModel) -> bool | None:
    """Return whether a judge's answer begins with the word for yes or for no; None where it begins with neither."""
    text = answer.strip().lower()
    if text.startswith(judge_model.yes.lower()):
        return True
    return False if text.startswith(judge_model.no.lower()) else None


def _answers(judge_model: YesNoModel, checkpoint: Path, rows: pd.DataFrame, batch_size: int) -> list[str]:
    model, tokenizer = load_model(checkpoint)
    prompts = [
        text_tokens(tokenizer, judge_model.template.format(question=row.prompt, response=row.response.strip()))
        for row in rows.itertuples()
    ]
    answers = generate(model, prompts, end_tokens_of(model, tokenizer), _ANSWER_TOKENS, batch_size)
    return tokenizer.batch_decode(answers, skip_special_tokens=True)
