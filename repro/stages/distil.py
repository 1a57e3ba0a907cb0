"""distil HEAD: traces of a pair -> a head, how it was chosen on validation prompts, and what it predicts on test."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
from tokenizers import Tokenizer
from torch import Tensor

from superficial.config import Profile, TransferredHead
from superficial.distillation.black_box import quality_of_use
from superficial.distillation.learning import learn_logit_heads, learn_residual_head
from superficial.distillation.residual import DistillationSettings
from superficial.files import write_rows
from superficial.heads.files import UNSAID_LICENCE, write_head
from superficial.heads.head import LogitHead, ResidualHead, load_logit_heads
from superficial.heads.inspection import inspect_head
from superficial.models.device import device, set_up_torch
from superficial.models.location import resolve
from superficial.progress import progress
from superficial.traces.output_head import OutputHead, read_output_heads
from superficial.traces.positions import measure_positions
from superficial.traces.shuffle import shuffle_teacher
from superficial.traces.splits import learned_and_checked
from superficial.traces.trace import Trace, read_shards

Pair = tuple[OutputHead, OutputHead]
# A head, and all tensors of its file: a black-box head keeps those of the other k for the sweep.
Learned = tuple[ResidualHead | LogitHead, dict[str, Tensor]]


def _residual(profile: Profile, name: str, pair: Pair, train: Trace, validation: Trace) -> Learned:
    chosen = profile.distillation
    settings, further = DistillationSettings(**chosen.of_first_seed()), chosen.seeds[1:]
    train, validation = learned_and_checked(train, validation, chosen.prompts, chosen.split, settings.seed)
    with progress(f"distilling {name}", len(chosen.seeds) * chosen.epochs) as advance:
        found = learn_residual_head(*pair, train, validation, settings, further, advance)
    return found, {"delta": found.delta}


def _logit(profile: Profile, name: str, pair: Pair, train: Trace, validation: Trace) -> Learned:
    chosen = profile.black_box_distillation
    fixed = chosen.model_dump(exclude={"k"})
    ks = chosen.k_values(len(pair[0].weight))
    settings = DistillationSettings(**fixed, optimizer="adam-cosine", teacher_top=None, teacher_support=None, rank=None)
    with progress(f"distilling {name}", len(ks) * chosen.epochs) as advance:
        found = learn_logit_heads(*pair, train, validation, settings, ks, advance)
    return found[0], {f"k{one.k}": one.weight for one in found}


def _transferred(name: str, source: Path, pair: Pair, validation: Trace) -> Learned:
    found = {head.k: head for head in load_logit_heads(source)}
    uses = {}
    with progress(f"choosing k of {name}", len(found)) as advance:
        for k, head in found.items():
            uses[k] = quality_of_use(*pair, validation, head.weight.to(device()), k)
            advance(1)
    # One other token can break the rest of a response, which KL and token accuracy, read on the aligned model's own
    # words, do not show.
    best = max(uses, key=lambda k: (uses[k].repeated, uses[k].accuracy))
    card = {"source_head": source.name, "k": best, "validation_by_k": {str(k): asdict(use) for k, use in uses.items()}}
    return replace(found[best], card=card), {f"k{best}": found[best].weight}


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    head = profile.heads[name]
    traces = out / "traces" / head.pair
    base, aligned = read_output_heads(traces / "weights.safetensors")
    pair = base.to(device()), aligned.to(device())
    validation = read_shards(traces / "validation")
    if isinstance(head, TransferredHead):
        learned, tensors = _transferred(name, out / "heads" / head.source_head, pair, validation)
    else:
        train = read_shards(traces / "train")
        if head.teacher == "shuffled":
            train, validation = (shuffle_teacher(trace, seed=0) for trace in (train, validation))
        teach = _residual if head.kind == "residual" else _logit
        learned, tensors = teach(profile, name, pair, train, validation)
    made_for = json.loads((traces / "pair.json").read_text(encoding="utf-8"))
    card = head.model_dump() | {"alpha": learned.alpha} | learned.card | made_for | {"licence": UNSAID_LICENCE}
    folder, _ = resolve(out / "models" / profile.pairs[head.pair].base)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    placed = learned.to(device())
    inspection = inspect_head(placed, *pair, validation, tokenizer.id_to_token)
    write_head(out / "heads" / name, tensors, card, inspection)

    columns = measure_positions(*pair, placed.student, read_shards(traces / "test"))
    table = pd.DataFrame({column: values.numpy() for column, values in columns.items()})
    for column in ("source", "target", "student"):
        table[column] = table[column].map(tokenizer.id_to_token)
    asked = pd.read_parquet(traces / "test-responses.parquet")
    table.insert(0, "question_id", table["prompt"].map(asked["question_id"]))
    # A millionth of a nat is far below what any interval resolves, and the rows are a third as large.
    kl = ["kl_base", "kl_superficial"]
    table[kl] = table[kl].round(6)
    write_rows(table, out / "measures" / f"{name}.parquet")
