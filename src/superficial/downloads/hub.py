"""Downloads files of a repository of the hub at a commit, and checks each once against the hash that the hub lists."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from huggingface_hub import constants, hf_hub_download

from superficial.downloads.failures import ERRORS, patiently, sentence
from superficial.downloads.listing import (
    HubFile,
    Repository,
    ask_for_listing,
    has_hash,
    locked,
    read_listing,
    remember_check,
)

_GIGA = 1e9
_Answer = TypeVar("_Answer")


def files_of(repository: Repository) -> dict[str, HubFile]:
    """Return the files of a repository by name; the hub is asked only once.

    Raises:
        ValueError: if the hub does not list them; one sentence says why and what to do.
    """
    with locked(repository):
        return _files_of(repository)


def download(repository: Repository, names: Iterable[str]) -> Path:
    """Download files of a repository, or take them from the cache, each with the content that the hub lists.

    Files that an earlier call has checked are used as they are, without a network.

    Args:
        repository: the repository.
        names: of its files.

    Returns:
        The folder that holds them.

    Raises:
        ValueError: if a download fails; one sentence says why and what to do.
    """
    with locked(repository):
        files = _files_of(repository)
        missing = [name for name in names if not _is_checked(repository, name, files[name])]
        if missing:
            _remove_leftovers(repository)
            _check_space(repository, [files[name] for name in missing if not (repository.snapshot / name).is_file()])
        for name in missing:
            _download(repository, name, files[name])
    return repository.snapshot


def files_in_cache(repository: Repository) -> list[str]:
    """Return the names of the files that the hub library's cache has of a repository, whoever downloaded them."""
    folder = repository.snapshot
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def check_cached(repository: Repository, names: Iterable[str]) -> None:
    """Check files that another program downloaded: the hub library names each content by the hash of the hub.

    Raises:
        ValueError: if a file differs from its hash, or is not kept under one.
    """
    for name in names:
        content = (repository.snapshot / name).resolve()
        if not has_hash(content, content.name):
            raise ValueError(
                f"{repository.identity}: {name} in {constants.HF_HUB_CACHE} is damaged, or is not there under its "
                "hash; run again with a network, which downloads it."
            )


def missing_bytes(repository: Repository, names: Iterable[str]) -> int:
    """Return how many bytes of these files are not in the cache yet; 0 where the hub was never asked for the list."""
    files = read_listing(repository) or {}
    wanted = [name for name in names if name in files]
    return sum(files[name].size for name in wanted if not (repository.snapshot / name).is_file())


def _files_of(repository: Repository) -> dict[str, HubFile]:
    files = read_listing(repository)
    if files is None:
        files = _translated(lambda: ask_for_listing(repository), repository)
    return files


def _translated(attempt: Callable[[], _Answer], repository: Repository) -> _Answer:
    try:
        return patiently(attempt, repository.title)
    except ERRORS as error:
        raise ValueError(sentence(error, repository)) from error


def _is_checked(repository: Repository, name: str, file: HubFile) -> bool:
    path = repository.snapshot / name
    if not path.is_file() or file.checked is None:
        return False
    status = path.stat()
    return (status.st_size, status.st_mtime_ns) == file.checked


def _download(repository: Repository, name: str, file: HubFile) -> None:
    """Download a file that is missing or was never checked; one that differs from the hub's hash is tried once more."""
    for last in (False, True):
        path = Path(
            _translated(
                lambda: str(
                    hf_hub_download(repository.name, name, repo_type=repository.kind, revision=repository.commit)
                ),
                repository,
            )
        )
        if path != repository.snapshot / name:
            raise ValueError(f"{repository.identity}: the hub sent {name} of another commit, {path.parts[-2]}.")
        if file.has_content_of(path):
            remember_check(repository, name, path)
            return
        # The name in the snapshot is a link to the content.
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        if not last:
            print(f"{repository.identity}: {name} differs from the hub's hash; downloading it again.", flush=True)
    raise ValueError(
        f"{repository.identity}: {name} differs from the hub's hash after two downloads; something between this "
        f"machine and {constants.ENDPOINT} changes it, or the disk of {constants.HF_HUB_CACHE} does."
    )


def _remove_leftovers(repository: Repository) -> None:
    """Remove unfinished files of killed downloads; the hub library never reads them again."""
    locks = Path(constants.HF_HUB_CACHE) / ".locks" / repository.cache.name
    for path in sorted(repository.cache.glob("blobs/*.incomplete")):
        # Another program may be downloading it now: then it holds the lock of the file.
        lock = locks / f"{path.name.split('.')[0]}.lock"
        try:
            with lock.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except OSError:
            # No such lock, one that another program holds, or a file system that cannot tell.
            continue


def _check_space(repository: Repository, files: list[HubFile]) -> None:
    needed = sum(file.size for file in files)
    repository.cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(repository.cache).free
    if free < needed:
        raise ValueError(
            f"{repository.title} needs {needed / _GIGA:.1f} GB in {constants.HF_HUB_CACHE}, where "
            f"{free / _GIGA:.1f} GB are free; free some space there, or set HF_HOME to a larger disk."
        )
