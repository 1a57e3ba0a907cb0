"""Everything that profile paper downloads, at toy size: the repositories of the stand-in hub."""

from __future__ import annotations

from pathlib import Path

from repro.engine.rehearsal.hub import StandInRepository
from repro.engine.rehearsal.questions import FIXTURES, write_addresses, write_data_sets

# The repositories of the profile's models, and the tiny checkpoints in their place.
MODELS = {
    "meta-llama/Llama-2-7b-hf": "llama",
    "meta-llama/Llama-2-7b-chat-hf": "llama-chat",
    "meta-llama/Llama-2-13b-hf": "llama-large",
    "meta-llama/Llama-2-13b-chat-hf": "llama-large-chat",
    "mistralai/Mistral-7B-v0.3": "mistral",
    "mistralai/Mistral-7B-Instruct-v0.3": "mistral-instruct",
    "Qwen/Qwen2.5-3B": "qwen",
    "Qwen/Qwen2.5-3B-Instruct": "qwen-instruct",
}
# Judges whose repositories have pickled weights and only a tokenizer.model.
YES_NO_JUDGES = {
    "allenai/truthfulqa-truth-judge-llama2-7B": "truth",
    "allenai/truthfulqa-info-judge-llama2-7B": "information",
}
TOXICITY = "tomh/toxigen_roberta"
GATED = ("meta-llama/", "datasets/walledai/", "datasets/GAIR/")


def publish(folder: Path) -> None:
    """Write all repositories, and the files that are read from addresses, to a folder."""
    from repro.engine.rehearsal.checkpoints import write_checkpoints
    from repro.engine.rehearsal.layouts import (
        with_pickled_weights,
        with_unneeded_files,
        write_tokenizer_model,
        write_vocabulary_and_merges,
    )

    checkpoints, repositories = folder / "checkpoints", folder / "repositories"
    write_data_sets(repositories / "datasets")
    write_addresses(folder / "addresses")
    write_checkpoints(checkpoints, FIXTURES)
    for name, checkpoint in MODELS.items():
        with_unneeded_files(checkpoints / checkpoint, repositories / name)
    for name, checkpoint in YES_NO_JUDGES.items():
        with_pickled_weights(checkpoints / checkpoint, repositories / name, shards=2)
        write_tokenizer_model(checkpoints / checkpoint / "tokenizer.json", repositories / name / "tokenizer.model")
    with_pickled_weights(checkpoints / "toxicity", repositories / TOXICITY, shards=1)
    write_vocabulary_and_merges(checkpoints / "toxicity" / "tokenizer.json", repositories / TOXICITY)


def published(folder: Path) -> dict[str, StandInRepository]:
    """Return the repositories that `publish` wrote, by address."""
    found = {}
    for owner in sorted([*folder.glob("repositories/datasets/*"), *folder.glob("repositories/*")]):
        for repository in owner.iterdir() if owner.name != "datasets" else ():
            address = repository.relative_to(folder / "repositories").as_posix()
            found[address] = StandInRepository(repository, gated=address.startswith(GATED))
    return found
