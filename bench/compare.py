"""Tells whether two results folders hold the same scores, tables, figures and claims, byte for byte.

    .venv/bin/python bench/compare.py /tmp/one/lab /tmp/two/lab

Files that only one of them has are counted, not compared: a smaller profile makes fewer.
"""

from __future__ import annotations

import sys
from pathlib import Path


def recorded(folder: Path) -> dict[str, bytes]:
    """Return every file a reader would quote."""
    parts = ("responses", "scores", "second-scores", "tables", "figures")
    files = [path for part in parts for path in (folder / part).rglob("*") if path.is_file()]
    return {str(p.relative_to(folder)): p.read_bytes() for p in [folder / "claims.json", *files]}


def main() -> None:
    one, other = (recorded(Path(argument)) for argument in sys.argv[1:3])
    both = sorted(one.keys() & other.keys())
    different = [name for name in both if one[name] != other[name]]
    print(
        f"{len(both) - len(different)} of {len(both)} files are equal; {len(one.keys() ^ other.keys())} are in one only"
    )
    print("\n".join(different))
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
