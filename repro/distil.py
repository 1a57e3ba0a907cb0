"""distil HEAD: traces of a pair -> a head, how it was chosen on validation prompts, and what it predicts on test."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from safetensors.torch import load_file, save_file
from stage import begin, use_threads
from tokenizers import Tokenizer
from torch import Tensor

from superficial.config import Profile, TransferredHead
from superficial.files import atomic_write
from superficial.knowledge.controls import shuffle_teacher
from superficial.knowledge.distillation import DistillationSettings, distil
from superficial.knowledge.heads import load_head
from superficial.knowledge.logit_head import distil_logit_head, kl_of_use
from superficial.knowledge.positions import measure_positions
from superficial.knowledge.traces import Trace, read_shards
from superficial.progress import progress

Tensors = dict[str, Tensor]


def _residual(profile: Profile, name: str, weights: Tensors, train: Trace, validation: Trace) -> tuple[Tensors, dict]:
    chosen = profile.distillation
    fixed = chosen.model_dump(exclude={"seeds"})
    with progress(f"distilling {name}", len(chosen.seeds) * chosen.epochs) as advance:
        found = {
            seed: distil(
                weights["base"],
                weights["aligned"],
                train,
                validation,
                DistillationSettings(**fixed, seed=seed),
                advance,
            )
            for seed in chosen.seeds
        }
    best = found[chosen.seeds[0]]
    return {"delta": best.delta}, {
        **fixed,
        "seed": chosen.seeds[0],
        "validation_kl": best.validation_kl,
        "best_validation_kl_by_seed": {str(seed): min(one.validation_kl) for seed, one in found.items()},
        "largest_change": best.delta.abs().max().item(),
    }


def _logit(profile: Profile, name: str, weights: Tensors, train: Trace, validation: Trace) -> tuple[Tensors, dict]:
    chosen = profile.logit_distillation
    fixed = chosen.model_dump(exclude={"k", "strengths"})
    ks = [len(weights["base"]) if k is None else k for k in chosen.k]
    settings = DistillationSettings(**fixed, optimizer="adam-cosine", teacher_top=None, teacher_support=None, rank=None)
    with progress(f"distilling {name}", len(ks) * chosen.epochs) as advance:
        found = {
            k: distil_logit_head(weights["base"], weights["aligned"], train, validation, k, settings, advance)
            for k in ks
        }
    best = min(found, key=lambda k: min(found[k].validation_kl))
    return {f"k{k}": one.delta for k, one in found.items()}, {
        **fixed,
        "k": best,
        "alpha": 1.0,
        "validation_kl": found[best].validation_kl,
        "best_validation_kl_by_k": {str(k): min(one.validation_kl) for k, one in found.items()},
        "largest_change": found[best].delta.abs().max().item(),
    }


def _transferred(
    profile: Profile, name: str, source: Path, weights: Tensors, validation: Trace
) -> tuple[Tensors, dict]:
    found, strengths = load_file(source / "head.safetensors"), profile.logit_distillation.strengths
    kl = {}
    with progress(f"choosing k and strength of {name}", len(found)) as advance:
        for k in sorted(int(key[1:]) for key in found):
            kl[k] = kl_of_use(weights["base"], weights["aligned"], validation, found[f"k{k}"], k, strengths)
            advance(1)
    best, at = min(((k, at) for k in kl for at in range(len(strengths))), key=lambda use: kl[use[0]][use[1]])
    return {f"k{best}": found[f"k{best}"]}, {
        "of": source.name,
        "k": best,
        "alpha": strengths[at],
        "strengths": strengths,
        "validation_kl_by_k_and_strength": kl,
    }


def main() -> None:
    profile, out, arguments = begin(__doc__, "head")
    use_threads(profile)
    head = profile.heads[arguments.head]
    traces = out / "traces" / head.pair
    weights = load_file(traces / "weights.safetensors")
    validation = read_shards(traces / "validation")
    if isinstance(head, TransferredHead):
        tensors, about = _transferred(profile, arguments.head, out / "heads" / head.of, weights, validation)
    else:
        train = read_shards(traces / "train")
        if head.teacher == "shuffled":
            train, validation = (shuffle_teacher(trace, seed=0) for trace in (train, validation))
        teach = _residual if head.kind == "residual" else _logit
        tensors, about = teach(profile, arguments.head, weights, train, validation)
        about["positions"] = {"train": len(train.token), "validation": len(validation.token)}
    card = head.model_dump() | about
    folder = out / "heads" / arguments.head
    with atomic_write(folder / "card.json") as path:
        path.write_text(json.dumps(card, indent=1))
    with atomic_write(folder / "head.safetensors") as path:
        save_file(tensors, path)

    student = load_head(folder).student
    columns = measure_positions(weights["base"], weights["aligned"], student, read_shards(traces / "test"))
    table = pd.DataFrame({name: values.numpy() for name, values in columns.items()})
    tokenizer = Tokenizer.from_file(str(out / "models" / profile.pairs[head.pair].base / "tokenizer.json"))
    for name in ("source", "target", "student"):
        table[name] = table[name].map(tokenizer.id_to_token)
    asked = pd.read_parquet(traces / "test-responses.parquet")
    table.insert(0, "question_id", table["prompt"].map(asked["question_id"]))
    with atomic_write(out / "measures" / f"{arguments.head}.parquet") as path:
        table.to_parquet(path)


if __name__ == "__main__":
    main()
