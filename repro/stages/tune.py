"""tune MODEL: a checkpoint and rows of conversations -> a checkpoint that AutoModelForCausalLM loads."""

from __future__ import annotations

import shutil
from pathlib import Path

from repro.engine.paths import ROOT
from superficial.alignment.conversations import READERS
from superficial.alignment.tuning import optimizer_steps, tokenize_conversations, tune
from superficial.config import Profile, Tuned
from superficial.config.questions import Context
from superficial.files import atomic_folder
from superficial.models.device import set_up_torch
from superficial.models.loading import load_model
from superficial.models.location import Pointer, read_pointer, write_pointer
from superficial.progress import progress
from superficial.prompts import Prompting
from superficial.sources.rows import read_rows

# All weights in one file, the one that `artifacts.WEIGHTS` names.
MAX_FILE_SIZE = "1TB"
# The name of the template of conversations that are of no benchmark.
TUNING = "tuning"


def main(profile: Profile, out: Path, name: str) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    recipe = profile.models[name]
    assert isinstance(recipe, Tuned), f"{name} is not tuned on rows"
    reader = READERS[recipe.reader]
    rows = read_rows(recipe.data, reader.columns, (out, ROOT))
    model, tokenizer = load_model(out / "models" / recipe.starts_from)
    questions = profile.sources[profile.world_of(name)].questions if recipe.reader == "own" else {}
    templates = {benchmark: each.template for benchmark, each in questions.items()} | {TUNING: recipe.template}
    context = Context(system="", turn="", examples=[], wrappers={}, templates=templates)
    prompting = Prompting(context, recipe.prompt_format)
    data = tokenize_conversations(
        map(reader.conversation, rows),
        tokenizer,
        lambda one: prompting.token_ids(tokenizer, one.question, one.benchmark or TUNING),
        recipe.training.max_length,
    )
    states = out / "models" / f".{name}-states"
    with progress(f"tuning {name}", optimizer_steps(len(data), recipe.training)) as advance:
        model = tune(model, tokenizer, data, recipe.training, states, advance)
    with atomic_folder(out / "models" / name) as path:
        model.save_pretrained(path, max_shard_size=MAX_FILE_SIZE)
        tokenizer.save_pretrained(path)
        origin = read_pointer(out / "models" / recipe.starts_from)
        identity = f"{name}, tuned by this artifact from {origin.identity if origin else recipe.starts_from}"
        write_pointer(path, Pointer("", recipe.dtype, identity, {}))
    shutil.rmtree(states, ignore_errors=True)
