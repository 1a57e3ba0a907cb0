"""train MODEL: a world's tokenizer, or an earlier model -> a checkpoint as AutoModelForCausalLM loads it."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from stage import run, use_torch
from transformers import AutoTokenizer, PreTrainedModel

from superficial.config import Finetuned, Pretrained, Profile, Training
from superficial.files import atomic_folder
from superficial.judges.scoring import make_judge, scored
from superficial.lab.lexicon import make_world
from superficial.lab.training import (
    KeepBest,
    Shape,
    TrainingSettings,
    alignment_blocks,
    base_blocks,
    choose_trained,
    new_model,
    train,
    untie,
)
from superficial.models.evaluation import ask
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import FORMATS, read_context


def main(profile: Profile, out: Path, arguments: Namespace) -> None:
    use_torch(profile)
    name = arguments.model
    recipe = profile.models[name]
    world_name = profile.world_of(name)
    world = make_world(profile.worlds[world_name].seed)
    settings = _settings(recipe.training)
    if isinstance(recipe, Pretrained):
        tokenizer = AutoTokenizer.from_pretrained(out / "worlds" / world_name / "tokenizer")
        model = new_model(tokenizer, Shape(**recipe.shape.model_dump()), recipe.architecture, settings.seed)
        blocks = base_blocks(world, tokenizer, settings)
    else:
        model, tokenizer = load_model(out / "models" / recipe.of)
        choose_trained(model, recipe.trained)
        context = read_context(out / "worlds" / world_name / "context.json")
        blocks = alignment_blocks(
            world, tokenizer, settings, recipe.data, lambda t, text: FORMATS[recipe.prompt](t, text, "", context)
        )
    keep = None
    if isinstance(recipe, Finetuned) and recipe.keep:
        keep = KeepBest(
            recipe.keep.every,
            recipe.keep.enough,
            _validation_score(profile, recipe, out / "worlds" / world_name, tokenizer),
        )
    with progress(f"training {name}", settings.steps) as advance:
        train(model, blocks, settings, advance, keep)
    if isinstance(recipe, Pretrained):
        untie(model)
    with atomic_folder(out / "models" / name) as path:
        model.save_pretrained(path)
        tokenizer.save_pretrained(path)
        if keep:
            (path / "validation.json").write_text(json.dumps(keep.scores, indent=1))


def _validation_score(
    profile: Profile, recipe: Finetuned, world: Path, tokenizer: Any
) -> Callable[[PreTrainedModel], float]:
    assert recipe.keep is not None, "this recipe keeps the last state"
    questions, context = pd.read_parquet(world / "validation.parquet"), read_context(world / "context.json")
    asked = questions[questions["benchmark"] == recipe.keep.benchmark]
    judge = make_judge(profile.judge_of(recipe.keep.benchmark), world, asked)

    def score(model: PreTrainedModel) -> float:
        answered = ask(
            model,
            tokenizer,
            asked,
            context,
            recipe.prompt,
            recipe.keep.wrapper,
            profile.max_new_tokens,
            [tokenizer.eos_token_id],
        )
        return float(scored(judge, answered)["score"].mean())

    return score


def _settings(training: Training) -> TrainingSettings:
    return TrainingSettings(**training.model_dump())


if __name__ == "__main__":
    run(main, __doc__, "model")
