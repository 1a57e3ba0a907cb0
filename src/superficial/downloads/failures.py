"""Which failures of a download pass when one waits, and the sentence for each that does not."""

from __future__ import annotations

import errno
import json
import time
import traceback
from collections.abc import Callable
from typing import TypeVar

import httpx2
from huggingface_hub import constants
from huggingface_hub.errors import (
    FileMetadataError,
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from superficial.downloads.listing import Repository
from superficial.errors import one_line

TOKEN_VARIABLE = "HF_TOKEN"
# What the hub library raises, and what it lets through of the libraries below it.
ERRORS = (OSError, ValueError, RuntimeError, httpx2.HTTPError)
# Seconds before each further attempt. The hub's limits on requests are by the minute.
WAITS = (2.0, 10.0, 60.0)
_LATER = (408, 425, 429, 500, 502, 503, 504)
# Of the message of an error of another library that is quoted.
_MAX_CHARACTERS = 200
_Answer = TypeVar("_Answer")


def patiently(attempt: Callable[[], _Answer], title: str) -> _Answer:
    """Return what `attempt` returns; after a failure that may pass, say so, wait, and attempt it again.

    Raises:
        Exception: the failure, if it does not pass.
    """
    for wait in WAITS:
        try:
            return attempt()
        except ERRORS as error:
            if not _may_pass(error):
                raise
            print(f"{title}: {reason(error)}; trying again in {wait:g} s.", flush=True)
        time.sleep(wait)
    return attempt()


def reason(error: BaseException) -> str:
    """Return the beginning of an error's message in one line."""
    status = _status(error)
    return f"status {status}" if status else one_line(_cause(error))[:_MAX_CHARACTERS]


def sentence(error: BaseException, repository: Repository) -> str:
    """Return one sentence on a download that failed, and on what to do."""
    title, page, status = repository.title, repository.page, _status(error)
    if is_full(error):
        return f"{title}: {full_disk()}"
    if _in_xet(error):
        return (
            f"{title} cannot be transferred by Xet, the hub's storage service ({reason(error)}): a firewall may block "
            "it; set HF_HUB_DISABLE_XET=1 to download over plain HTTPS."
        )
    if isinstance(error, GatedRepoError):
        return f"{title} is gated: accept its licence on {page} and set {TOKEN_VARIABLE} to a token of that account."
    if isinstance(error, RevisionNotFoundError):
        return f"{title} no longer has the commit {repository.commit}: see {page}."
    if isinstance(error, RemoteEntryNotFoundError):
        return f"{repository.identity} lists a file that it does not have ({reason(error)}): see {page}."
    if isinstance(error, RepositoryNotFoundError):
        return (
            f"{title} does not exist, or this token cannot see it: see {page}, and set {TOKEN_VARIABLE} to a valid one."
        )
    if isinstance(error, HFValidationError):
        return f"{title!r} is not the id of a repository: {reason(error)}"
    if status == 401:
        return f"{TOKEN_VARIABLE} is not a valid token: create one on {constants.ENDPOINT}/settings/tokens."
    if status:
        advice = f"set {TOKEN_VARIABLE} to a valid token" if status == 403 else "try again later"
        return f"{title} cannot be downloaded, status {status}: {advice} (page {page})."
    if isinstance(_cause(error), FileMetadataError | json.JSONDecodeError):
        return f"{title} cannot be downloaded: {not_the_file(constants.ENDPOINT)}"
    if "onsistency check failed" in str(error):
        return f"{title} cannot be downloaded: a file keeps arriving with the wrong size; try again later ({page})."
    return f"{title} is not in {constants.HF_HUB_CACHE}, and {constants.ENDPOINT} cannot be reached: {reason(error)}"


def is_full(error: BaseException) -> bool:
    """Tell whether the disk of the cache is full."""
    return getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)


def full_disk() -> str:
    """Return the sentence on a full disk of the cache."""
    return f"The disk of {constants.HF_HUB_CACHE} is full; free some space there, or set HF_HOME to a larger disk."


def not_the_file(place: str) -> str:
    """Return the end of a sentence on an answer that is not from the place that was asked."""
    return f"{place} answered with a web page; a network that asks for a login does so, open a page in a browser first."


def unreachable(error: BaseException) -> bool:
    """Tell whether no server answered at all."""
    cause = _cause(error)
    return isinstance(cause, OfflineModeIsEnabled | httpx2.TransportError | ConnectionError)


def _may_pass(error: BaseException) -> bool:
    if is_full(error) or _in_xet(error) or isinstance(error, OfflineModeIsEnabled | json.JSONDecodeError):
        return False
    status = _status(error)
    if status:
        return status in _LATER or _is_expired_link(error)
    cause = _cause(error)
    if isinstance(cause, httpx2.ConnectError):
        # Nobody listens, or the name is unknown: the hub library has tried again itself.
        return False
    return isinstance(cause, httpx2.TransportError | ConnectionError) or "onsistency check failed" in str(error)


def _is_expired_link(error: BaseException) -> bool:
    """Tell whether storage refused a link of the hub, which ends after an hour; a further attempt gets a new one."""
    response = getattr(error, "response", None)
    path = str(response.request.url) if response is not None else "/api/"
    return _status(error) == 403 and "/resolve/" not in path and "/api/" not in path


def _status(error: BaseException) -> int | None:
    """Return the status of the hub's answer, if it gave one."""
    for source in (error, error.__cause__):
        response = getattr(source, "response", None)
        if response is not None:
            return int(response.status_code)
    return None


def _cause(error: BaseException) -> BaseException:
    """Return the error below the hub library's message that it has no copy in its cache."""
    return error.__cause__ if isinstance(error, LocalEntryNotFoundError) and error.__cause__ else error


def _in_xet(error: BaseException) -> bool:
    """Tell whether an error comes from the transfer by Xet; it has no class of its own."""
    return any(frame.name == "xet_get" for frame in traceback.extract_tb(error.__traceback__))
