"""Checks whether two results folders hold the same responses, scores, tables, figures and claims, byte for byte.

    python -m bench.compare /tmp/first/lab /tmp/second/lab

Files that exist in only one of them are counted but not compared, since a smaller profile makes fewer.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from superficial.files import expanded

PARTS = ("responses", "scores", "second-scores", "tables", "figures")


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file that a reader may quote, by its path inside the folder.

    Raises:
        FileNotFoundError: if the folder holds no claims.json, which every finished run has.
    """
    files = [path for part in PARTS for path in (folder / part).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in [folder / "claims.json", *files]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=expanded, help="the results folder of a profile")
    parser.add_argument("second", type=expanded, help="another")
    arguments = parser.parse_args()
    first, second = contents(arguments.first), contents(arguments.second)
    common = sorted(first.keys() & second.keys())
    different = [name for name in common if first[name] != second[name]]
    print(f"{len(common) - len(different)} of {len(common)} files are equal.")
    print(f"{len(first.keys() ^ second.keys())} files exist in only one of the folders.")
    for name in different:
        print(f"different: {name}")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
