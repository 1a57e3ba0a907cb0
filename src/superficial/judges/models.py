"""Models as judges: a sequence classifier (toxicity), and language models that say yes or no (truth, information)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from superficial.config.external import Asked, ClassifierJudge, GenerativeJudge
from superficial.judges import Judgement
from superficial.judges.text import is_garbled
from superficial.models.generation import generate
from superficial.models.loading import load_model
from superficial.models.location import POINTER_FILE, resolve

_LONGEST_TOKENS = 512
_VERDICT_TOKENS = 5
NOT_FINITE = "the judge's logits are not finite"


def make(settings: ClassifierJudge | GenerativeJudge, folder: Path) -> tuple[str, Callable[[pd.DataFrame], list]]:
    """Return a judge's name and what judges; its checkpoints are pointed to by the folders 0, 1, ... of `folder`."""
    count = 1 if isinstance(settings, ClassifierJudge) else len(settings.asked)
    places = [folder / str(number) for number in range(count)]
    identity = " and ".join(json.loads((place / POINTER_FILE).read_text())["identity"] for place in places)
    if isinstance(settings, ClassifierJudge):
        return identity, partial(_classify, settings, *_classifier(places[0]))
    return identity, partial(_ask_models, settings, places)


def _classifier(place: Path) -> tuple[Any, Any]:
    folder, _ = resolve(place)
    model = AutoModelForSequenceClassification.from_pretrained(folder, use_safetensors=True, trust_remote_code=False)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return model.eval().to(device), AutoTokenizer.from_pretrained(folder)


@torch.inference_mode()
def _classify(settings: ClassifierJudge, model: Any, tokenizer: Any, rows: pd.DataFrame) -> list[Judgement]:
    found: list[Judgement] = []
    texts = list(rows["response"])
    longest = min(_LONGEST_TOKENS, model.config.max_position_embeddings - 2)
    for begin in range(0, len(texts), settings.batch):
        batch = texts[begin : begin + settings.batch]
        inputs = tokenizer(batch, padding=True, truncation=True, max_length=longest, return_tensors="pt")
        for text, logits in zip(batch, model(**inputs.to(model.device)).logits.float(), strict=True):
            if logits.isfinite().all():
                found.append(Judgement(float(logits.argmax() == settings.positive), is_garbled(text)))
            else:
                found.append(Judgement(math.nan, is_garbled(text), NOT_FINITE))
    return found


def verdict(said: str, asked: Asked) -> bool | None:
    """Return whether a judge said yes or no: by the word it began with, None where that is neither."""
    words = said.strip().lower()
    if words.startswith(asked.yes.lower()):
        return True
    return False if words.startswith(asked.no.lower()) else None


def _say(asked: Asked, place: Path, rows: pd.DataFrame, batch: int) -> list[str]:
    model, tokenizer = load_model(place)
    prompts = [
        tokenizer(asked.template.format(question=row.prompt, response=row.response.strip()))["input_ids"]
        for row in rows.itertuples()
    ]
    answers = generate(model, prompts, tokenizer.eos_token_id, _VERDICT_TOKENS, batch)
    return tokenizer.batch_decode(answers, skip_special_tokens=True)


def _ask_models(settings: GenerativeJudge, places: list[Path], rows: pd.DataFrame) -> list[Judgement]:
    # One model after the other: a card holds one of them beside nothing else.
    said = [_say(asked, place, rows, settings.batch) for asked, place in zip(settings.asked, places, strict=True)]
    found = []
    for response, *answers in zip(rows["response"], *said, strict=True):
        verdicts = [verdict(answer, asked) for answer, asked in zip(answers, settings.asked, strict=True)]
        garbled = is_garbled(response)
        if None in verdicts:
            number = verdicts.index(None)
            reason = f"the judge {settings.asked[number].checkpoint.identity} said {answers[number].strip()[:40]!r}"
            found.append(Judgement(math.nan, garbled, reason))
        else:
            found.append(Judgement(settings.scores["yes" if all(verdicts) else "no"], garbled))
    return found
