"""The rehearsal's profile on local files in place of the stand-in hub, for tests that run single stages."""

from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from repro.engine.rehearsal.published import MODELS, TOXICITY, YES_NO_JUDGES

_CHECKPOINTS = MODELS | YES_NO_JUDGES | {TOXICITY: "toxicity"}


def on_local_files(content: Any, folder: Path) -> Any:
    """Return the content of a profile with the files of `published.publish` in place of downloads."""
    if isinstance(content, list):
        return [on_local_files(item, folder) for item in content]
    if not isinstance(content, dict):
        return content
    if content.get("url"):
        return {"file": str(folder / "addresses" / urlsplit(content["url"]).path.split("/", 3)[3])}
    if content.get("repo") and content.get("file"):
        return {"file": str(_data_file(folder / "repositories" / "datasets" / content["repo"], content["file"]))}
    if content.get("repo") in _CHECKPOINTS:
        path = str(folder / "checkpoints" / _CHECKPOINTS[content["repo"]])
        content = content | {"repo": None, "revision": None, "path": path}
    return {name: on_local_files(value, folder) for name, value in content.items()}


def _data_file(repository: Path, pattern: str) -> Path:
    files = [path for path in sorted(repository.rglob("*")) if path.is_file()]
    (file,) = [path for path in files if fnmatch(path.relative_to(repository).as_posix(), pattern)]
    return file
