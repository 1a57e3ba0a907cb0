"""Recorded results as one file: everything that tables, figures, claims and the page are computed from.

Each entry is checked against the hash that its stage recorded. An entry that differs is refused by name.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ValidationError

from superficial import artifacts
from superficial.config import Profile
from superficial.errors import one_line
from superficial.files import atomic_folder, atomic_write
from superficial.reporting.claims.registry import CLAIMS, check, write_claims
from superficial.reporting.figures.registry import figure_names, write_figure
from superficial.reporting.provenance import Records
from superficial.reporting.results import Results
from superficial.reporting.table import write_table
from superficial.reporting.tables.registry import make_table, table_names

# The format of the bundle, and the profile of the run.
MANIFEST, PROFILE = "bundle.json", "profile.json"
# Increase it whenever bundles of the previous format can no longer be read.
FORMAT = 3
# All other entries. The k sweep lies beside the positions and matches their path.
ENTRIES = (
    *(artifacts.SCORES, artifacts.SECOND_SCORES, artifacts.POSITIONS, artifacts.SENSITIVITY),
    *(artifacts.CARD, artifacts.INSPECTION, artifacts.STYLE_TOKENS, artifacts.FAMILIARITY, artifacts.RECORD),
    *(artifacts.DEPTH_SCORES, artifacts.DEPTH_POSITIONS, artifacts.DEPTH_LENS, artifacts.SIZES),
    *(artifacts.NEIGHBOUR_COST, artifacts.VIEW_POSITIONS, artifacts.VIEW_GRID),
)
# A fixed date: the same results give the same bytes, whenever they are bundled.
_DATE = (1980, 1, 1, 0, 0, 0)


class Manifest(BaseModel):
    """The description of a bundle. Bundles of format 1 have none."""

    format: int = 1


def write_bundle(results: Path, profile: Profile, file: Path) -> None:
    """Write the recorded results of a finished run, and its profile, as a zip file.

    Raises:
        ValueError: if a result differs from what its stage wrote.
        FileNotFoundError: if the run is not finished.
    """
    if not (results / artifacts.CLAIMS.of()).is_file():
        raise FileNotFoundError(f"{results} does not hold a finished run: run `invoke reproduce-all`.")
    records = Records(results)
    files = [file for artifact in ENTRIES for file in artifact.files_in(results)]
    names = [file.relative_to(results).as_posix() for file in files]
    for name in names:
        if not artifacts.RECORD.matches(name):
            records.check(Path(name))
    with atomic_write(file) as path, zipfile.ZipFile(path, "w") as archive:

        def add(name: str, content: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED, compresslevel=9)

        add(MANIFEST, Manifest(format=FORMAT).model_dump_json().encode())
        add(PROFILE, profile.model_dump_json(indent=1).encode())
        for name, source in zip(names, files, strict=True):
            add(name, source.read_bytes())


def read_bundle(file: Path, folder: Path) -> Profile:
    """Unpack a bundle into a results folder, replacing what is there, and return its profile.

    Raises:
        ValueError: if the file is not a bundle or has another format, or an entry is damaged, unknown or not as
            recorded.
    """
    with _opened(file) as archive:
        names = archive.namelist()
        manifest = Manifest.model_validate_json(archive.read(MANIFEST)) if MANIFEST in names else Manifest()
    for name in names:
        if ".." in PurePosixPath(name).parts:
            raise ValueError(f"{file} is not a bundle: its entry {name!r} leaves the folder.")
        if name not in (MANIFEST, PROFILE) and not any(artifact.matches(name) for artifact in ENTRIES):
            raise ValueError(f"{file} is not a bundle: it has an entry {name!r}.")
    if PROFILE not in names:
        raise ValueError(f"{file} is not a bundle: it has no {PROFILE}.")
    if manifest.format != FORMAT:
        raise ValueError(
            f"{file} is a bundle of format {manifest.format}, and this version reads format {FORMAT}: "
            "`invoke bundle` writes it from the results of a run."
        )
    with atomic_folder(folder) as target:
        with _opened(file) as archive:
            archive.extractall(target)
        profile = read_profile(target, file)
        records = Records(target)
        for name in names:
            if name not in (MANIFEST, PROFILE) and not artifacts.RECORD.matches(name):
                records.check(Path(name))
    return profile


def is_unpacked(folder: Path) -> bool:
    """Tell whether a results folder is that of a bundle, which has only what numbers are computed from."""
    return (folder / PROFILE).is_file()


def read_profile(folder: Path, source: Path) -> Profile:
    """Return the profile of an unpacked bundle.

    Args:
        folder: where the bundle was unpacked.
        source: what the message of an error names.

    Raises:
        ValueError: if the profile is wrong.
    """
    try:
        return Profile.model_validate_json((folder / PROFILE).read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the whole"
        raise ValueError(f"{source} is not a bundle: its profile is wrong ({field}: {first['msg']}).") from error


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    # These are what the reader of zip files raises on a damaged one.
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError(f"{file} cannot be read as a bundle: {one_line(error)}") from error


def replay(results: Results) -> None:
    """Recompute every table, every figure and the claims from recorded results."""
    for name in table_names(results.profile):
        write_table(make_table(results, name), artifacts.TABLE.folder_in(results.folder), name)
    for name in figure_names(results.profile):
        write_figure(results, name, artifacts.FIGURE.folder_in(results.folder))
    write_claims([check(results, name) for name in CLAIMS], results.folder / artifacts.CLAIMS.of())
