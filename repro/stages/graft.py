"""graft MODEL: a model, with parts taken from another -> a checkpoint for AutoModelForCausalLM."""

from __future__ import annotations

from pathlib import Path

from superficial.config import Grafted, Profile
from superficial.depth.graft import graft_into
from superficial.files import atomic_folder
from superficial.models.device import set_up_torch
from superficial.models.loading import load_model
from superficial.progress import progress

# All weights in one file, the one that `artifacts.WEIGHTS` names.
MAX_FILE_SIZE = "1TB"


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    recipe = profile.models[name]
    assert isinstance(recipe, Grafted), f"{name} is not put together from others"
    with progress(f"putting {name} together", 1) as advance:
        model, tokenizer = load_model(out / "models" / recipe.of)
        source, _ = load_model(out / "models" / recipe.source)
        graft_into(model, source, recipe)
        advance(1)
    with atomic_folder(out / "models" / name) as path:
        model.save_pretrained(path, max_shard_size=MAX_FILE_SIZE)
        tokenizer.save_pretrained(path)
