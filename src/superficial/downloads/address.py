"""Downloads files at addresses that contain a commit, such as those of GitHub; each is downloaded once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlparse

import httpx2

from superficial.downloads.failures import ERRORS, full_disk, is_full, not_the_file, patiently, reason
from superficial.downloads.listing import cache_folder
from superficial.files import atomic_write

_TIMEOUT_SECONDS = 60
_BEGINNINGS_OF_PAGES = (b"<!doctype html", b"<html")


def download_address(url: str, sha256: str | None) -> bytes:
    """Return the content of an address, from the cache if it was downloaded before.

    Args:
        url: contains a commit, so that its content never changes.
        sha256: the hash of the content, where it is known.

    Raises:
        ValueError: if the download fails, or the content has a different hash; one sentence says why.
    """
    file = address_file(url)
    if file.is_file():
        content = file.read_bytes()
        if sha256 is None or _digest(content) == sha256:
            return content
    try:
        content = patiently(lambda: _get(url), url)
    except ERRORS as error:
        raise ValueError(full_disk() if is_full(error) else f"{url} cannot be downloaded: {reason(error)}.") from error
    if content.lstrip()[:32].lower().startswith(_BEGINNINGS_OF_PAGES):
        raise ValueError(f"{url} cannot be downloaded: {not_the_file(urlparse(url).netloc)}")
    if sha256 and _digest(content) != sha256:
        raise ValueError(f"{url} has changed: its SHA-256 is {_digest(content)}, the profile says {sha256}.")
    try:
        with atomic_write(file) as path:
            path.write_bytes(content)
    except OSError as error:
        raise ValueError(full_disk() if is_full(error) else f"{file} cannot be written: {error.strerror}.") from error
    return content


def address_file(url: str) -> Path:
    """Return the file of the cache for an address."""
    return cache_folder() / "addresses" / _digest(url.encode())[:16] / Path(urlparse(url).path).name


def _get(url: str) -> bytes:
    response = httpx2.get(url, follow_redirects=True, timeout=_TIMEOUT_SECONDS)
    response.raise_for_status()
    return response.content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
