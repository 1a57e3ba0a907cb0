"""A saved head: a folder of three files. What only reads cards and inspections need not wait for torch.

head.safetensors: delta (vocab, width) of a residual head, or k<k> (vocab, vocab) of black-box knowledge; card.json:
what the head is and how it was made; inspect.json: what it changes, see `inspection.inspect_head`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superficial import __version__
from superficial.files import atomic_folder, atomic_write
from superficial.reading import read_json

if TYPE_CHECKING:
    from torch import Tensor

TENSORS, CARD, INSPECTION = "head.safetensors", "card.json", "inspect.json"
FORMAT = 1
UNSAID_LICENCE = "that of the base and of the aligned model"


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that takes its name when the block ends without an error.

    Raises:
        ValueError: where the folder exists.
    """
    refuse_existing(folder)
    with atomic_folder(folder) as path:
        yield path


def refuse_existing(folder: Path) -> None:
    """Check that a folder can be made: nothing that is there is ever replaced.

    Raises:
        ValueError: where it exists.
    """
    if folder.exists():
        raise ValueError(f"{folder} exists already; name a new folder.")


def write_head(folder: Path, tensors: dict[str, Tensor], card: dict[str, Any], inspection: dict[str, Any]) -> None:
    """Write the files of a head into a folder; a black-box head may have one tensor a k, its card names the one."""
    from safetensors.torch import save_file

    made_with = {"format": FORMAT, "superficial": __version__}
    documents = {CARD: card | made_with} | ({INSPECTION: inspection} if inspection else {})
    for name, content in documents.items():
        with atomic_write(folder / name) as path:
            path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    with atomic_write(folder / TENSORS) as path:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)


def read_card(folder: Path) -> dict[str, Any]:
    """Read the card of a head.

    Raises:
        ValueError: where there is none, or it is of a newer format.
    """
    card = _read(folder, CARD)
    if (found := card.get("format", FORMAT)) not in range(1, FORMAT + 1):
        raise ValueError(f"{folder} is a head of format {found!r}; this package reads formats up to {FORMAT}.")
    return card


def read_inspection(folder: Path) -> dict[str, Any]:
    """Read what a head changes, see `inspection.inspect_head`.

    Raises:
        ValueError: where that was not measured.
    """
    return _read(folder, INSPECTION)


def _read(folder: Path, name: str) -> dict[str, Any]:
    if not (folder / name).is_file():
        raise ValueError(f"{folder} holds no {name}, which a saved head has.")
    return read_json(folder / name)
