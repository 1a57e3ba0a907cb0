"""Stage 1: profile -> questions, base model, aligned model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd
import torch

from superficial.config import TrainSettings, load_profile
from superficial.files import atomic_write
from superficial.lab.corpus import questions
from superficial.lab.lexicon import make_world
from superficial.lab.tokenizer import build_tokenizer
from superficial.lab.training import Shape, TrainingSettings, alignment_blocks, base_blocks, new_model, train


def settings(chosen: TrainSettings, seed: int) -> TrainingSettings:
    return TrainingSettings(**chosen.model_dump(), seed=seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    profile = load_profile(arguments.profile)
    torch.set_num_threads(profile.threads)
    world = make_world(profile.seed)
    for split, counts in (("train", profile.train_questions), ("test", profile.test_questions)):
        rows = [
            {"question_id": f"{q.family}-{split}-{i}", "benchmark": q.family, "prompt": q.text}
            | {"reference": json.dumps(q.reference, sort_keys=True)}
            for i, q in enumerate(questions(world, split, counts.model_dump()))
        ]
        with atomic_write(arguments.out / "questions" / f"{split}.parquet") as path:
            pd.DataFrame(rows).to_parquet(path)
    tokenizer = build_tokenizer(world)
    model = new_model(tokenizer, Shape(**profile.model.model_dump()), profile.seed)
    stages = (("base", base_blocks, profile.pretraining), ("aligned", alignment_blocks, profile.alignment))
    for name, blocks, chosen in stages:
        print(f"training the {name} model: {chosen.steps} steps", flush=True)
        training = settings(chosen, profile.seed)
        train(model, blocks(world, tokenizer, training), training, arguments.out / "trainer")
        model.save_pretrained(arguments.out / "models" / name)
        tokenizer.save_pretrained(arguments.out / "models" / name)


if __name__ == "__main__":
    main()
