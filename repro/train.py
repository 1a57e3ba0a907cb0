"""train MODEL: a world's tokenizer, or an earlier model -> a checkpoint as AutoModelForCausalLM loads it."""

from __future__ import annotations

from stage import begin, use_threads
from transformers import AutoTokenizer

from superficial.config import Pretrained, Training
from superficial.files import atomic_folder
from superficial.lab.lexicon import make_world
from superficial.lab.training import (
    Shape,
    TrainingSettings,
    alignment_blocks,
    base_blocks,
    choose_trained,
    new_model,
    train,
)
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompts import FORMATS


def main() -> None:
    profile, out, arguments = begin(__doc__, "model")
    use_threads(profile)
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
        blocks = alignment_blocks(world, tokenizer, settings, recipe.data, FORMATS[recipe.prompt])
    with progress(f"training {name}", settings.steps) as advance:
        train(model, blocks, settings, advance)
    with atomic_folder(out / "models" / name) as path:
        model.save_pretrained(path)
        tokenizer.save_pretrained(path)


def _settings(training: Training) -> TrainingSettings:
    return TrainingSettings(**training.model_dump())


if __name__ == "__main__":
    main()
