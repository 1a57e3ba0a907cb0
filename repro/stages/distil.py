"""distil HEAD: traces of a pair -> a head, how it was chosen on validation prompts, and what it predicts on test."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pandas as pd
from torch import Tensor

from superficial.config import Profile, TransferredHead
from superficial.distillation.heads import train_black_box_heads, train_residual_head
from superficial.distillation.joined import read_lesson
from superficial.files import write_rows
from superficial.heads.files import DEFAULT_LICENCE, write_head
from superficial.heads.inspection import inspect_head
from superficial.heads.loading import Head, load_every_k
from superficial.heads.transfer import choose_k
from superficial.models.device import device, set_up_torch
from superficial.models.location import resolve
from superficial.progress import progress
from superficial.traces.output_head import Pair
from superficial.traces.positions import positions_table
from superficial.traces.shuffle import shuffle_teacher
from superficial.traces.splits import read_split, training_split
from superficial.traces.token_text import vocabulary_text
from superficial.traces.trace import Trace

# A head, and all tensors of its file: a black-box head's file has those of every k, for the sweep.
Trained = tuple[Head, dict[str, Tensor]]


def _residual(profile: Profile, name: str, pair: Pair, train: Trace, validation: Trace) -> Trained:
    settings = profile.distillation
    train, validation = training_split(train, validation, settings.prompts, settings.split, settings.seeds[0])
    with progress(f"training {name}", len(settings.seeds) * settings.rounds) as advance:
        head = train_residual_head(pair, train, validation, settings, settings.seeds, advance)
    return head, {"delta": head.delta}


def _black_box(out: Path, profile: Profile, name: str, pair: Pair, train: Trace, validation: Trace) -> Trained:
    settings, benchmarks = profile.black_box_settings(name), profile.benchmarks_distilled(name)
    ks = settings.k_values(pair.vocabulary_size)
    further = [read_lesson(out / "traces" / other, benchmarks, device()) for other in profile.pairs_of_head(name)[1:]]
    with progress(f"training {name}", len(ks) * settings.epochs) as advance:
        heads = train_black_box_heads(pair, train, validation, settings, ks, settings.seed, advance, further)
    used = [heads[0].used_at(settings.used_k)] if settings.used_k else heads
    return used[0], {name: tensor for head in used for name, tensor in head.tensors().items()}


def _transferred(name: str, source: Path, pair: Pair, validation: Trace) -> Trained:
    heads = load_every_k(source)
    with progress(f"choosing k of {name}", len(heads)) as advance:
        head = choose_k(heads, pair, validation, advance)
    return head, head.tensors()


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    settings, benchmarks = profile.heads[name], profile.benchmarks_distilled(name)
    traces = out / "traces" / settings.pair
    pair = Pair.read(traces / "weights.safetensors").to(device())
    validation = read_split(traces, "validation", benchmarks)
    if isinstance(settings, TransferredHead):
        head, tensors = _transferred(name, out / "heads" / settings.source_head, pair, validation)
    else:
        train = read_split(traces, "train", benchmarks)
        if settings.teacher == "shuffled":
            train, validation = (shuffle_teacher(trace, seed=0) for trace in (train, validation))
        learn = _residual if settings.kind == "residual" else partial(_black_box, out)
        head, tensors = learn(profile, name, pair, train, validation)
    identities = json.loads((traces / "pair.json").read_text(encoding="utf-8"))
    card = settings.model_dump() | {"alpha": head.alpha} | head.card | identities | {"licence": DEFAULT_LICENCE}
    token_text = vocabulary_text(resolve(out / "models" / profile.pairs[settings.pair].base)[0] / "tokenizer.json")
    head = head.to(device())
    write_head(out / "heads" / name, tensors, card, inspect_head(head, pair, validation, token_text))
    questions, test = pd.read_parquet(traces / "test-responses.parquet"), read_split(traces, "test", benchmarks)
    table = positions_table(pair, head.student_logits, test, token_text, questions["question_id"])
    write_rows(table, out / "measures" / f"{name}.parquet")
