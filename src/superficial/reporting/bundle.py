"""Recorded results as one file: all that tables, figures and claims are made of, without a model.

Every entry carries the hash that the stage which wrote it recorded; what is not as recorded is refused by name.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from superficial.config import Profile
from superficial.errors import one_line
from superficial.files import atomic_folder, atomic_write
from superficial.reporting.claims import CLAIMS, check
from superficial.reporting.figures import figure_names, write_figure
from superficial.reporting.provenance import FOLDER, Records
from superficial.reporting.results import SCORES, SECOND_SCORES, Results
from superficial.reporting.table import write_table
from superficial.reporting.tables import make_table, table_names

PROFILE = "profile.json"
_PATTERNS = (
    f"{SCORES}/*/*.parquet",
    f"{SECOND_SCORES}/*/*.parquet",
    "measures/*.parquet",
    "sensitivity/*.parquet",
    "heads/*/card.json",
    "worlds/*/style_tokens.txt",
    f"{FOLDER}/*.json",
)
# The same results give the same bytes, whenever they are bundled.
_DATE = (1980, 1, 1, 0, 0, 0)


def write_bundle(results: Path, profile: Profile, file: Path) -> None:
    """Write the recorded results of a finished run, and its profile, as a zip file.

    Raises:
        ValueError: where a result is not what its stage wrote.
        FileNotFoundError: where the run has no claims: it has not ended.
    """
    if not (results / "claims.json").is_file():
        raise FileNotFoundError(f"{results} holds no finished run: run `invoke reproduce-all`.")
    records = Records(results)
    entries = {path.relative_to(results): path for pattern in _PATTERNS for path in sorted(results.glob(pattern))}
    for name in entries:
        if name.parts[0] != FOLDER:
            records.check(name)
    with atomic_write(file) as path, zipfile.ZipFile(path, "w") as archive:

        def add(name: str, content: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED, compresslevel=9)

        add(PROFILE, profile.model_dump_json(indent=1).encode())
        for name, source in entries.items():
            add(name.as_posix(), source.read_bytes())


def read_bundle(file: Path, folder: Path) -> Profile:
    """Unpack a bundle into a results folder, in place of what was there; return its profile.

    Raises:
        ValueError: where the file is no bundle, or an entry is damaged, unknown or not what was recorded.
    """
    with _opened(file) as archive:
        names = archive.namelist()
    for name in names:
        if name != PROFILE and not any(PurePosixPath(name).match(pattern) for pattern in _PATTERNS):
            raise ValueError(f"{file} is no bundle: it has an entry {name!r}.")
        if ".." in PurePosixPath(name).parts:
            raise ValueError(f"{file} is no bundle: its entry {name!r} leaves the folder.")
    if PROFILE not in names:
        raise ValueError(f"{file} is no bundle: it has no {PROFILE}.")
    with atomic_folder(folder) as target:
        with _opened(file) as archive:
            archive.extractall(target)
        try:
            profile = Profile.model_validate_json((target / PROFILE).read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "the whole"
            raise ValueError(f"{file} is no bundle: its profile is wrong ({field}: {first['msg']}).") from error
        records = Records(target)
        for entry in map(Path, names):
            if entry.parts[0] not in (FOLDER, PROFILE):
                records.check(entry)
    return profile


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    # What a damaged archive can make its reader raise.
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(f"{file} can not be read as a bundle: {one_line(error)}") from error


def replay(results: Results) -> None:
    """Make every table, every figure and the claims of recorded results again."""
    for name in table_names(results.profile):
        write_table(make_table(results, name), results.folder / "tables", name)
    for name in figure_names(results.profile):
        write_figure(results, name, results.folder / "figures")
    with atomic_write(results.folder / "claims.json") as path:
        path.write_text(
            json.dumps([check(results, name) for name in CLAIMS], indent=1, ensure_ascii=False), encoding="utf-8"
        )
