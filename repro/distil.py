"""distil HEAD: traces of a pair -> dW, and how it was chosen on validation prompts."""

from __future__ import annotations

import json

from safetensors.torch import load_file, save_file
from stage import begin, use_threads

from superficial.files import atomic_write
from superficial.knowledge.controls import shuffle_teacher
from superficial.knowledge.distillation import DistillationSettings, distil
from superficial.knowledge.traces import read_shards
from superficial.progress import progress


def main() -> None:
    profile, out, arguments = begin(__doc__, "head")
    use_threads(profile)
    head, chosen = profile.heads[arguments.head], profile.distillation
    traces, first_seed = out / "traces" / head.pair, chosen.seeds[0]
    weights = load_file(traces / "weights.safetensors")
    train, validation = (read_shards(traces / split) for split in ("train", "validation"))
    if head.teacher == "shuffled":
        train, validation = (shuffle_teacher(trace, first_seed) for trace in (train, validation))
    fixed = chosen.model_dump(exclude={"seeds"})
    with progress(f"distilling {arguments.head}", len(chosen.seeds) * chosen.epochs) as advance:
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
    best = found[first_seed]
    card = {
        "pair": head.pair,
        "teacher": head.teacher,
        **fixed,
        "seed": first_seed,
        "positions": {"train": len(train.token), "validation": len(validation.token)},
        "validation_kl": best.validation_kl,
        "best_validation_kl_by_seed": {str(seed): min(one.validation_kl) for seed, one in found.items()},
        "largest_change": best.delta.abs().max().item(),
    }
    folder = out / "heads" / arguments.head
    with atomic_write(folder / "card.json") as path:
        path.write_text(json.dumps(card, indent=1))
    with atomic_write(folder / "head.safetensors") as path:
        save_file({"delta": best.delta}, path)


if __name__ == "__main__":
    main()
