"""What a repository of the hub contains at a commit: its files with their sizes and hashes, and which were checked.

The hub is asked once; the answer is kept in `HF_HOME/superficial`, beside the hub library's own cache.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from huggingface_hub import HfApi, constants
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.hf_api import RepoFile

from superficial.files import atomic_write, sha256
from superficial.locks import lock

_SHORT_COMMIT = 9
_SHA256_DIGITS = 64
_BLOCK_BYTES = 2**24


@dataclass(frozen=True)
class Repository:
    """A repository of the hub at a commit."""

    kind: Literal["model", "dataset"]
    name: str
    commit: str

    @property
    def title(self) -> str:
        """Return its name in messages."""
        return f"datasets/{self.name}" if self.kind == "dataset" else self.name

    @property
    def identity(self) -> str:
        """Return its name with the first digits of the commit."""
        return f"{self.title}@{self.commit[:_SHORT_COMMIT]}"

    @property
    def page(self) -> str:
        """Return the address of its page."""
        return f"{constants.ENDPOINT}/{self.title}"

    @property
    def cache(self) -> Path:
        """Return the folder of the hub library's cache that holds it."""
        return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=self.name, repo_type=self.kind)

    @property
    def snapshot(self) -> Path:
        """Return the folder with its files at this commit."""
        return self.cache / "snapshots" / self.commit


@dataclass(frozen=True)
class HubFile:
    """A file of a repository.

    Attributes:
        size: in bytes.
        sha256: the hash of a large file (LFS); None for a small one.
        blob: git's hash of a small file.
        checked: the size and the time of change (ns) of the local file whose content had this hash; None before.
    """

    size: int
    sha256: str | None
    blob: str
    checked: tuple[int, int] | None = None

    def has_content_of(self, path: Path) -> bool:
        """Tell whether a local file has this file's size and hash."""
        if path.stat().st_size != self.size:
            return False
        return has_hash(path, self.sha256 or self.blob)


def has_hash(path: Path, digest: str) -> bool:
    """Tell whether a local file has a hash: the SHA-256 of a large file (LFS), or git's of a small one."""
    return digest == (sha256(path) if len(digest) == _SHA256_DIGITS else _git_blob(path))


def cache_folder() -> Path:
    """Return the folder of what this package remembers about downloads."""
    return Path(constants.HF_HOME) / "superficial"


def read_listing(repository: Repository) -> dict[str, HubFile] | None:
    """Return the files of a repository as the hub once listed them; None before it was asked."""
    file = _listing_file(repository)
    if not file.is_file():
        return None
    entries = json.loads(file.read_text(encoding="utf-8"))
    return {
        name: HubFile(**entry | {"checked": tuple(entry["checked"]) if entry["checked"] else None})
        for name, entry in entries.items()
    }


def ask_for_listing(repository: Repository) -> dict[str, HubFile]:
    """Ask the hub for the files of a repository, and remember the answer.

    Raises:
        OSError: or another error of the hub library, if the hub does not list them.
    """
    entries = HfApi().list_repo_tree(
        repository.name, recursive=True, revision=repository.commit, repo_type=repository.kind
    )
    files = {
        entry.path: HubFile(entry.size, entry.lfs.sha256 if entry.lfs else None, entry.blob_id)
        for entry in entries
        if isinstance(entry, RepoFile)
    }
    _write(repository, files)
    return files


def remember_check(repository: Repository, name: str, path: Path) -> None:
    """Remember that a local file has the content that the hub lists."""
    files, status = read_listing(repository) or {}, path.stat()
    files[name] = replace(files[name], checked=(status.st_size, status.st_mtime_ns))
    _write(repository, files)


@contextmanager
def locked(repository: Repository) -> Iterator[None]:
    """Hold the lock of a repository: stages that need the same one wait for each other."""
    file = _listing_file(repository).with_name(".lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as opened:
        lock(opened, wait=True)
        yield


def _listing_file(repository: Repository) -> Path:
    return cache_folder() / repository.cache.name / f"{repository.commit}.json"


def _write(repository: Repository, files: dict[str, HubFile]) -> None:
    with atomic_write(_listing_file(repository)) as path:
        path.write_text(json.dumps({name: asdict(file) for name, file in files.items()}, indent=1), encoding="utf-8")


def _git_blob(path: Path) -> str:
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
