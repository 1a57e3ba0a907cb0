"""train MODEL: the tokenizer of a world, or an earlier model -> a checkpoint for AutoModelForCausalLM."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

from superficial.config import Finetuned, Pretrained, Profile
from superficial.files import atomic_folder
from superficial.lab.architectures import untie_head
from superficial.lab.recipes import VALIDATION, preparation_module
from superficial.lab.training import EarlyStopping, train
from superficial.lab.world import make_world
from superficial.models.device import set_up_torch
from superficial.progress import progress


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    recipe = profile.models[name]
    assert isinstance(recipe, Pretrained | Finetuned), f"{name} is not a model of the lab"
    world, world_folder = profile.world_of(name), out / "worlds" / profile.world_of(name)
    prepare = import_module(preparation_module(recipe)).prepare
    model, tokenizer, blocks = prepare(recipe, make_world(profile.worlds[world].seed), world_folder, out / "models")
    early_stopping = None
    if isinstance(recipe, Finetuned) and (stopping := recipe.early_stopping):
        score = import_module(VALIDATION).validation_score(profile, recipe, world_folder, tokenizer)
        early_stopping = EarlyStopping(stopping.every_steps, stopping.target_score, score)
    with progress(f"training {name}", recipe.training.steps) as advance:
        train(model, blocks, recipe.training, advance, early_stopping)
    if isinstance(recipe, Pretrained):
        untie_head(model)
    with atomic_folder(out / "models" / name) as path:
        model.save_pretrained(path)
        tokenizer.save_pretrained(path)
        if early_stopping:
            (path / "validation.json").write_text(json.dumps(early_stopping.scores, indent=1))
