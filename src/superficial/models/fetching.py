"""Gets a checkpoint that others made, at a pinned revision, and says in one sentence why it can not be had."""

from __future__ import annotations

import errno
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

from superficial.config.external import Checkpoint
from superficial.revisions import recall, record

# Weights in safetensors alone; some repositories hold them a second time in their maker's own layout.
_WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
_UNWANTED = ["consolidated*", "onnx/*", "runs/*", "*/*"]
# The hub's own.
_CONVERTER = "https://huggingface.co/spaces/safetensors/convert"
TOKEN_VARIABLE = "HF_TOKEN"


def fetch(checkpoint: Checkpoint, folder: Path, revisions: Path) -> tuple[Path, str]:
    """Return the folder of a checkpoint, downloaded where it must be, and its identity.

    Args:
        checkpoint: a repository or a path; a relative path is relative to `folder`.
        folder: see `checkpoint`.
        revisions: the file that remembers the commits that first downloads found.

    Raises:
        ValueError: where it can not be had, with what to do; where the repository has changed; where it holds no
            safetensors.
    """
    if checkpoint.path is not None:
        place = (folder / Path(checkpoint.path).expanduser()).resolve()
        identity = checkpoint.identity
    else:
        repo = str(checkpoint.repo)
        revision = checkpoint.revision or recall(revisions, repo)
        place, revision = _download(repo, revision)
        if checkpoint.revision is None:
            record(revisions, repo, revision)
        identity = f"{repo}@{revision[:9]}"
    if not (place / "config.json").is_file():
        raise ValueError(f"{place} is no checkpoint: it has no config.json.")
    if not list(place.glob("*.safetensors")):
        raise ValueError(
            f"{identity} has no weights in safetensors, and no other format is loaded, since others can hold programs: "
            f"name in the profile, as revision, a commit that has them ({_CONVERTER} offers one), or, as path, a "
            "folder with them."
        )
    return place, identity


def weight_files(folder: Path) -> dict[str, int]:
    """Return the weight files of a checkpoint and their sizes in bytes."""
    return {path.name: path.stat().st_size for path in sorted(folder.glob("*.safetensors"))}


def _download(repo: str, revision: str | None) -> tuple[Path, str]:
    page = f"{constants.ENDPOINT}/{repo}"
    try:
        commit = revision or str(HfApi().model_info(repo).sha)
        place = snapshot_download(repo, revision=commit, allow_patterns=_WANTED, ignore_patterns=_UNWANTED)
    except GatedRepoError as error:
        raise ValueError(
            f"{repo} is gated: accept its licence on {page} and set {TOKEN_VARIABLE} to a token of that account."
        ) from error
    except RevisionNotFoundError as error:
        raise ValueError(f"{repo} has no commit {revision} any more: see {page}.") from error
    except RepositoryNotFoundError as error:
        raise ValueError(
            f"{repo} is not there, or not for this token: see {page}, and set {TOKEN_VARIABLE} to a valid token."
        ) from error
    except (httpx2.HTTPError, OSError) as error:
        # Where nothing is kept here, the hub's answer is behind the complaint about that.
        answer = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
        if answer is not None:
            status = answer.status_code
            hint = f"set {TOKEN_VARIABLE} to a valid token" if status in (401, 403) else "try again later"
            raise ValueError(f"{repo} can not be downloaded, status {status}: {hint} (page {page}).") from error
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise ValueError(f"The disk of {constants.HF_HUB_CACHE} is full; set HF_HOME to a larger one.") from error
        raise ValueError(
            f"{repo} is not in {constants.HF_HUB_CACHE}, and {constants.ENDPOINT} can not be reached: "
            f"{' '.join(str(error).split())[:200]}"
        ) from error
    return Path(str(place)), commit
