"""Where a model that a user names is: a folder, or a model of the hub, whose files are fetched."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

_WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]


def checkpoint_folder(source: str) -> Path:
    """Return the folder of a checkpoint; `source` is one, or the id of a model of the hub.

    Raises:
        ValueError: where it is neither, or the hub does not give it.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or source.startswith((".", "~")) or source.count("/") > 1:
        raise ValueError(f"There is no folder {source}.")
    try:
        return Path(str(snapshot_download(source, allow_patterns=_WANTED)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{source} is no folder, and the hub does not give a model of this name: {reason}") from error
