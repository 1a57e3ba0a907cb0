"""Terms of use that a user has agreed to on this machine; nothing that has terms is downloaded before."""

from __future__ import annotations

from pathlib import Path

from superficial.downloads.listing import cache_folder
from superficial.files import atomic_write


def agree(name: str, page: str) -> None:
    """Remember that the user agrees to the terms of this name, whose text is on `page`."""
    with atomic_write(_file(name)) as path:
        path.write_text(f"{page}\n", encoding="utf-8")


def check_agreed(name: str, page: str, what: str) -> None:
    """Check that the user has agreed to terms.

    Args:
        name: the terms.
        page: where their text is; agreement to another page does not count.
        what: what is to be downloaded, for the message.

    Raises:
        ValueError: if not; it says where they are and how to agree.
    """
    file = _file(name)
    if not file.is_file() or file.read_text(encoding="utf-8").strip() != page:
        raise ValueError(
            f"{what} has terms of use: read {page}. If you agree to them, repeat the command with --agree {name}."
        )


def _file(name: str) -> Path:
    return cache_folder() / "terms" / f"{name}.txt"
