"""train MODEL: the tokenizer of a world, or an earlier model -> a checkpoint for AutoModelForCausalLM."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

from transformers import AutoTokenizer

from superficial.config import Finetuned, Pretrained, Profile
from superficial.files import atomic_folder
from superficial.lab.architectures import new_model, set_trained_parameters, untie_head
from superficial.lab.blocks import base_blocks, conversation_blocks
from superficial.lab.training import EarlyStoppingCallback, train
from superficial.lab.world import make_world
from superficial.models.device import set_up_torch
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import Prompting, read_context


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    recipe = profile.models[name]
    assert isinstance(recipe, Pretrained | Finetuned), f"{name} is not a model of the lab"
    world_name = profile.world_of(name)
    world, world_folder = make_world(profile.worlds[world_name].seed), out / "worlds" / world_name
    settings, early_stopping = recipe.training, None
    if isinstance(recipe, Pretrained):
        tokenizer = AutoTokenizer.from_pretrained(world_folder / "tokenizer")
        model = new_model(tokenizer, recipe.shape, recipe.architecture, settings.seed)
        blocks = base_blocks(world, tokenizer, settings)
    else:
        prompting = Prompting(read_context(world_folder / "context.json"), recipe.prompt_format)
        model, tokenizer = load_model(out / "models" / recipe.starts_from)
        set_trained_parameters(model, recipe.trained_parameters)
        blocks = conversation_blocks(world, tokenizer, settings, recipe.data, prompting)
        if stopping := recipe.early_stopping:
            # Loaded by name: trainings without early stopping do not depend on judges.
            validation = import_module("superficial.lab.validation")
            score = validation.validation_score(profile, recipe, world_folder, tokenizer)
            early_stopping = EarlyStoppingCallback(stopping.every_steps, stopping.target_score, score)
    with progress(f"training {name}", settings.steps) as advance:
        train(model, blocks, settings, advance, early_stopping)
    if isinstance(recipe, Pretrained):
        untie_head(model)
    with atomic_folder(out / "models" / name) as path:
        model.save_pretrained(path)
        tokenizer.save_pretrained(path)
        if early_stopping:
            (path / "validation.json").write_text(json.dumps(early_stopping.scores, indent=1))
