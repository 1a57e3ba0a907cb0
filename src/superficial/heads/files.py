"""The files of a saved head. Reading cards and inspections imports no torch.

A head is a folder of three files, and a README.md for people and hubs, see `superficial.heads.model_card`:

    head.safetensors   delta (vocab, width) of a residual head, or of a black-box head, for each k that it has:
                       k<k> (row, column), and as masks over the vocabulary k<k>.rows and k<k>.columns, the tokens
                       that these belong to. Without masks, as earlier versions wrote it, k<k> is (vocab, vocab).
    card.json          what the head is and how it was trained
    inspect.json       what it changes, see `Inspection`
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt

from superficial import __version__
from superficial.documents import checked
from superficial.files import atomic_folder, atomic_write
from superficial.json_files import read_json

if TYPE_CHECKING:
    from torch import Tensor

TENSORS, CARD, INSPECTION = "head.safetensors", "card.json", "inspect.json"
FORMAT = 1
_RECORDED_PACKAGES = ("torch", "transformers", "tokenizers")
# Written to a card whose head's licence nobody named.
DEFAULT_LICENCE = "that of the base and of the aligned model"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class MeanKl(_Part):
    """Mean KL(P_aligned || .) of the base and of the base with the head, in nats."""

    base: float
    superficial: float


class PositionKl(_Part):
    """Mean KL at one response position over the `prompts` whose responses reach it, in nats."""

    position: NonNegativeInt
    prompts: NonNegativeInt
    kl_base: float
    kl_superficial: float


class TokenChange(_Part):
    """By how much a token's logit changes on average, relative to the mean over the vocabulary.

    The mean is subtracted because an equal change of all logits changes no probability.
    """

    token: str
    id: NonNegativeInt
    mean_change: float


class RankEnergy(_Part):
    """The share of a matrix's squared Frobenius norm in its first `rank` singular directions."""

    rank: int
    share: float


class Inspection(_Part):
    """What a head changes at the response positions of validation prompts: the content of inspect.json.

    `shape` is that of dW (vocab, width) or of the learned part of W_trans (row, column); `alpha` is the head's
    strength; `prompts` and `positions` count what was measured on. `rises` and `falls` are the tokens that change most,
    the largest first.
    """

    format: int = FORMAT
    # Files of earlier versions call a black-box head "logit".
    kind: Literal["residual", "black-box", "logit"]
    alpha: float
    shape: list[int]
    prompts: NonNegativeInt
    positions: NonNegativeInt
    kl: MeanKl
    kl_by_position: list[PositionKl]
    rises: list[TokenChange]
    falls: list[TokenChange]
    energy_by_rank: list[RankEnergy]


def versions() -> dict[str, str]:
    """Return the versions of this package, and of those that a head's numbers depend on, as a card records them."""
    return {"superficial": __version__} | {name: version(name) for name in _RECORDED_PACKAGES}


def differing_versions(card: dict[str, Any]) -> str | None:
    """Return in words which versions a card records that are not those of this environment; None if there are none.

    Cards of earlier versions record only that of this package.
    """
    differing = {name: current for name, current in versions().items() if card.get(name, current) != current}
    if not differing:
        return None
    saved, here = (", ".join(f"{name} {numbers[name]}" for name in differing) for numbers in (card, differing))
    return f"saved with {saved}, and this is {here}"


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that is renamed to `folder` when the block ends without an error.

    Raises:
        ValueError: if the folder exists.
    """
    refuse_existing(folder)
    with atomic_folder(folder) as path:
        yield path


def refuse_existing(folder: Path) -> None:
    """Check that a folder does not exist, so that nothing is ever replaced.

    Raises:
        ValueError: if it exists.
    """
    if folder.exists():
        raise ValueError(f"{folder} exists already; name a new folder.")


def write_head(folder: Path, tensors: dict[str, Tensor], card: dict[str, Any], inspection: Inspection | None) -> None:
    """Write the files of a head into a folder.

    A black-box head may have tensors for several k; its card names the k that is used.

    Raises:
        ValueError: if a number is not finite; nothing is written then.
    """
    from safetensors.torch import save_file

    from superficial.tensors import all_finite

    for name, tensor in tensors.items():
        if not all_finite(tensor):
            raise ValueError(f"The head {folder} cannot be saved: {name} has values that are not finite.")
    documents = {CARD: card | {"format": FORMAT} | versions()}
    if inspection is not None:
        documents[INSPECTION] = inspection.model_dump()
    texts = {name: _as_json(folder / name, content) for name, content in documents.items()}
    for name, text in texts.items():
        with atomic_write(folder / name) as path:
            path.write_text(text, encoding="utf-8")
    with atomic_write(folder / TENSORS) as path:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)


def _as_json(path: Path, content: dict[str, Any]) -> str:
    try:
        return json.dumps(content, indent=1, allow_nan=False)
    except ValueError as error:
        raise ValueError(f"{path} cannot be written: it would have numbers that are not finite.") from error


def read_card(folder: Path) -> dict[str, Any]:
    """Read the card of a head.

    Raises:
        ValueError: if there is none, or its format is newer than this package.
    """
    card = _read(folder, CARD)
    if (number := card.get("format", FORMAT)) not in range(1, FORMAT + 1):
        raise ValueError(f"{folder} is a head of format {number!r}; this package reads formats up to {FORMAT}.")
    return card


def read_inspection(folder: Path) -> Inspection:
    """Read what a head changes.

    Raises:
        ValueError: if that was not measured, or the file is not an inspection.
    """
    return checked(folder / INSPECTION, _read(folder, INSPECTION), Inspection)


def _read(folder: Path, name: str) -> dict[str, Any]:
    if not (folder / name).is_file():
        raise ValueError(f"{folder} has no {name}, which a saved head has.")
    return read_json(folder / name)
