"""Downloads checkpoints from the Hugging Face hub at a pinned commit; every failure is one sentence with what to do."""

from __future__ import annotations

import errno
from pathlib import Path

import httpx2
from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from superficial.config.checkpoints import Checkpoint
from superficial.errors import one_line
from superficial.models.location import Pointer, check_checkpoint, weight_files
from superficial.revisions import read_revision, record_revision

TOKEN_VARIABLE = "HF_TOKEN"
_WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
# Files in folders, and the weights a second time in the layout of the authors' own code.
_UNWANTED = ["*/*", "consolidated*"]
_CONVERTER = "https://huggingface.co/spaces/safetensors/convert"
# Of the message of an error of the hub library that is quoted.
_MAX_CHARACTERS = 200


def fetch_checkpoint(checkpoint: Checkpoint, dtype: str, root: Path, revisions: Path) -> Pointer:
    """Return a pointer to a checkpoint that a profile names; download it if needed.

    Args:
        checkpoint: a repository of the hub, or a local path.
        dtype: the data type in which the model is held in memory.
        root: the folder that a relative path starts from.
        revisions: the file that records the commit of a first download, see `superficial.revisions`.

    Raises:
        ValueError: if the download fails, if the repository has changed since its first download, or if the folder
            is not a checkpoint with weights in safetensors.
    """
    if checkpoint.path is not None:
        folder = (root / Path(checkpoint.path).expanduser()).resolve()
        identity = checkpoint.identity
    else:
        repo = str(checkpoint.repo)
        folder, commit = download(repo, checkpoint.revision or read_revision(revisions, repo))
        if checkpoint.revision is None:
            record_revision(revisions, repo, commit)
        identity = f"{repo}@{commit[:9]}"
    advice = (
        " In the profile, set revision to a commit that has them "
        f"({_CONVERTER} creates one), or path to a folder that has them."
    )
    check_checkpoint(folder, identity, advice)
    return Pointer(str(folder), dtype, identity, weight_files(folder))


def checkpoint_folder(source: str) -> Path:
    """Return the folder of a model that a user names, by its folder or by its id on the hub.

    Raises:
        ValueError: if it is neither, or the download fails.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or source.startswith((".", "~")) or source.count("/") > 1:
        raise ValueError(f"There is no folder {source}.")
    try:
        return download(source, None)[0]
    except ValueError as error:
        raise ValueError(f"There is no folder {source}, and it cannot be downloaded: {error}") from error


def download(repo: str, revision: str | None) -> tuple[Path, str]:
    """Download a repository of the hub, or take it from the cache.

    Args:
        repo: its id, such as `meta-llama/Llama-2-7b-hf`.
        revision: a commit; None takes the newest one.

    Returns:
        The folder of the snapshot, and its commit.

    Raises:
        ValueError: if the download fails; one sentence says why and what to do.
    """
    page = f"{constants.ENDPOINT}/{repo}"
    try:
        folder = snapshot_download(repo, revision=revision, allow_patterns=_WANTED, ignore_patterns=_UNWANTED)
    except GatedRepoError as error:
        raise ValueError(
            f"{repo} is gated: accept its licence on {page} and set {TOKEN_VARIABLE} to a token of that account."
        ) from error
    except RevisionNotFoundError as error:
        raise ValueError(f"{repo} no longer has the commit {revision}: see {page}.") from error
    except RepositoryNotFoundError as error:
        raise ValueError(
            f"{repo} does not exist, or this token cannot see it: see {page}, and set {TOKEN_VARIABLE} to a valid one."
        ) from error
    except HFValidationError as error:
        raise ValueError(f"{repo!r} is not the id of a repository: {one_line(error)[:_MAX_CHARACTERS]}") from error
    except (httpx2.HTTPError, OSError) as error:
        raise ValueError(_failure(repo, page, error)) from error
    path = Path(str(folder))
    return path, path.name


def _failure(repo: str, page: str, error: httpx2.HTTPError | OSError) -> str:
    """Return one sentence about a download that failed for a reason the hub library has no class for."""
    # Without a cached copy the library raises its own error; the hub's response is in the cause.
    response = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
    if response is not None:
        status = response.status_code
        advice = f"set {TOKEN_VARIABLE} to a valid token" if status in (401, 403) else "try again later"
        return f"{repo} cannot be downloaded, status {status}: {advice} (page {page})."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"The disk of {constants.HF_HUB_CACHE} is full; set HF_HOME to a larger one."
    return (
        f"{repo} is not in {constants.HF_HUB_CACHE}, and {constants.ENDPOINT} cannot be reached: "
        f"{one_line(error)[:_MAX_CHARACTERS]}"
    )
