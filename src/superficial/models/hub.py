"""Finds checkpoints: a local folder, or a repository of the Hugging Face hub that is downloaded at a pinned commit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import HfApi

from superficial.config.checkpoints import Checkpoint
from superficial.downloads.failures import ERRORS, patiently, sentence, unreachable
from superficial.downloads.hub import check_cached, download, files_in_cache, files_of
from superficial.downloads.listing import Repository, read_listing
from superficial.files import expanded
from superficial.models.location import Pointer, check_checkpoint, weight_files

# Files in folders are the weights a second time, for other programs.
_SMALL_FILES = ("*.json", "*.txt", "*.jinja", "*.model")
SAFE_WEIGHTS, PICKLED_WEIGHTS = "*.safetensors", "pytorch_model*.bin"
# The weights a second time, in the layout of the authors' own code.
_UNWANTED = "consolidated*"
# A tokenizer needs one of these; the third is the older format of GPT-2 and RoBERTa.
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json")
_CONVERTER = "https://huggingface.co/spaces/safetensors/convert"


def fetch_checkpoint(checkpoint: Checkpoint, dtype: str, root: Path) -> Pointer:
    """Return a pointer to a checkpoint with weights in safetensors; download it if needed.

    Args:
        checkpoint: a repository of the hub at a commit, or a local path.
        dtype: the data type in which the model is held in memory.
        root: the folder that a relative path starts from.

    Raises:
        ValueError: if the download fails, or it is not a checkpoint with weights in safetensors.
    """
    folder = local_files(checkpoint, root)
    advice = (
        " In the profile, set revision to a commit that has them "
        f"({_CONVERTER} creates one), or path to a folder that has them."
    )
    check_checkpoint(folder, checkpoint.identity, advice)
    return Pointer(str(folder), dtype, checkpoint.identity, weight_files(folder))


def local_files(checkpoint: Checkpoint, root: Path) -> Path:
    """Return the folder with a checkpoint's files: weights, configuration and tokenizer; download them if needed.

    Weights are those in safetensors; pickled ones are downloaded only where there are no others.
    """
    if checkpoint.path is not None:
        return (root / expanded(checkpoint.path)).resolve()
    return download_model(Repository("model", str(checkpoint.repo), str(checkpoint.revision)))


def pickled_weights(checkpoint: Checkpoint, folder: Path) -> dict[str, str | None]:
    """Return the pickled weight files of a checkpoint with the SHA-256 that the hub lists, None for a local folder."""
    names = sorted(path.name for path in folder.glob(PICKLED_WEIGHTS))
    if not names:
        raise ValueError(f"{checkpoint.identity} has no weights in safetensors or PyTorch's format.")
    if checkpoint.repo is None:
        return dict.fromkeys(names)
    files = files_of(Repository("model", checkpoint.repo, str(checkpoint.revision)))
    return {name: files[name].sha256 for name in names}


def checkpoint_folder(source: str) -> Path:
    """Return the folder of a model that a user names, by its folder or by its id on the hub.

    Raises:
        ValueError: if it is neither, or the download fails.
    """
    folder = expanded(source)
    if folder.is_dir():
        return folder
    if folder.is_absolute() or source.startswith((".", "~")) or source.count("/") > 1:
        raise ValueError(f"There is no folder {source}.")
    try:
        return _newest(source)
    except ValueError as error:
        raise ValueError(f"There is no folder {source}, and it cannot be downloaded: {error}") from error


def download_model(repository: Repository) -> Path:
    """Download a model, its small files first: what is wrong with the repository is found before its weights.

    Raises:
        ValueError: if the download fails, or the repository lacks a configuration, a tokenizer or weights.
    """
    small, weights = _wanted(repository, files_of(repository))
    folder = download(repository, small)
    _check_index(repository, folder, small, weights)
    return download(repository, weights)


def _wanted(repository: Repository, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return a model's small files and its weights, of all files of its repository.

    Raises:
        ValueError: if the configuration, a tokenizer or the weights are not among them.
    """
    files = [name for name in names if "/" not in name and not fnmatch(name, _UNWANTED)]
    small = [name for name in files if any(fnmatch(name, pattern) for pattern in _SMALL_FILES)]
    safe = [name for name in files if fnmatch(name, SAFE_WEIGHTS)]
    weights = safe or [name for name in files if fnmatch(name, PICKLED_WEIGHTS)]
    if "config.json" not in files:
        raise ValueError(f"{repository.identity} is not a checkpoint: it has no config.json (page {repository.page}).")
    if not set(_TOKENIZERS) & set(files):
        raise ValueError(f"{repository.identity} has no tokenizer: none of {', '.join(_TOKENIZERS)}.")
    if not weights:
        raise ValueError(f"{repository.identity} has no weights in safetensors or PyTorch's format.")
    return small, weights


def _check_index(repository: Repository, folder: Path, small: list[str], weights: list[str]) -> None:
    """Check that the index of the weights names only files that the repository has."""
    for index in (name for name in small if name.endswith(".index.json")):
        if Path(index.removesuffix(".index.json")).suffix != Path(weights[0]).suffix:
            # Of the weights in the other format.
            continue
        named = set(json.loads((folder / index).read_text(encoding="utf-8")).get("weight_map", {}).values())
        if missing := sorted(named - set(weights)):
            raise ValueError(
                f"{repository.identity}: {index} names {missing[0]}, which the repository does not have "
                f"(page {repository.page})."
            )


def _newest(name: str) -> Path:
    """Return the folder of the newest commit of a model; without a network, that of the copy in the cache."""
    main = Repository("model", name, "main")
    try:
        commit = str(patiently(lambda: HfApi().model_info(name), name).sha)
    except ERRORS as error:
        if not unreachable(error) or not _reference(main).is_file():
            raise ValueError(sentence(error, main)) from error
        known = Repository("model", name, _reference(main).read_text(encoding="utf-8").strip())
        return download_model(known) if read_listing(known) else _downloaded_by_others(known)
    folder = download_model(Repository("model", name, commit))
    _reference(main).parent.mkdir(parents=True, exist_ok=True)
    _reference(main).write_text(commit, encoding="utf-8")
    return folder


def _downloaded_by_others(repository: Repository) -> Path:
    """Return the folder of a model that another program downloaded, checked without the hub."""
    small, weights = _wanted(repository, files_in_cache(repository))
    check_cached(repository, [*small, *weights])
    _check_index(repository, repository.snapshot, small, weights)
    return repository.snapshot


def _reference(main: Repository) -> Path:
    """Return the file in which the hub library keeps the newest commit that it saw."""
    return main.cache / "refs" / main.commit
