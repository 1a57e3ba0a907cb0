"""train MODEL: a world's tokenizer, or an earlier model -> a checkpoint as AutoModelForCausalLM loads it."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

from transformers import AutoTokenizer

from superficial.config import Finetuned, Pretrained, Profile
from superficial.files import atomic_folder
from superficial.lab.lexicon import make_world
from superficial.lab.training import (
    KeepBest,
    alignment_blocks,
    base_blocks,
    choose_trained,
    new_model,
    train,
    untie,
)
from superficial.models.device import set_up_torch
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    recipe = profile.models[name]
    assert isinstance(recipe, Pretrained | Finetuned), f"{name} is not trained from the lab's texts"
    world_name = profile.world_of(name)
    world, world_folder = make_world(profile.worlds[world_name].seed), out / "worlds" / world_name
    settings = recipe.training
    keep = None
    if isinstance(recipe, Pretrained):
        tokenizer = AutoTokenizer.from_pretrained(world_folder / "tokenizer")
        model = new_model(tokenizer, recipe.shape, recipe.architecture, settings.seed)
        blocks = base_blocks(world, tokenizer, settings)
    else:
        prompting = Prompting(read_context(world_folder / "context.json"), recipe.prompt_format)
        model, tokenizer = load_model(out / "models" / recipe.starts_from)
        choose_trained(model, recipe.trained_parameters)
        blocks = alignment_blocks(world, tokenizer, settings, recipe.data, prompting)
        if recipe.early_stopping:
            # By name: other trainings do not depend on judges, and need not run again when one changes.
            selection = import_module("superficial.lab.selection")
            score = selection.validation_score(profile, recipe, world_folder, tokenizer)
            keep = KeepBest(recipe.early_stopping.every_steps, recipe.early_stopping.target_score, score)
    with progress(f"training {name}", settings.steps) as advance:
        train(model, blocks, settings, advance, keep)
    if isinstance(recipe, Pretrained):
        untie(model)
    with atomic_folder(out / "models" / name) as path:
        model.save_pretrained(path)
        tokenizer.save_pretrained(path)
        if keep:
            (path / "validation.json").write_text(json.dumps(keep.scores, indent=1))
