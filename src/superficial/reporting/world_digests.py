"""Digests of lab worlds: nothing in these is computed by torch, so they are the same on every processor.

A world's folder has the questions of each split, the texts around them, the stylistic tokens, how familiar questions
are, and the tokenizer. The token ids of all questions have a digest, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from superficial.artifacts import TOKENIZER
from superficial.config import SPLITS

# Familiarity is a quotient of sums; further digits could depend on the library of mathematics.
_DIGITS = 12


def world_digests(results: Path) -> dict[str, str]:
    """Return the SHA-256 of the content of every file of a run's lab worlds, and of the token ids of their questions.

    Of a Parquet file the rows count, and not how they are compressed. A run on real questions has no lab world.
    """
    digests = {}
    for tokenizer in TOKENIZER.files_in(results):
        world = tokenizer.parent.parent
        for file in sorted(file for file in world.rglob("[!.]*") if file.is_file()):
            name = file.relative_to(results).as_posix()
            digests[name] = _digest(_content(file))
            if file.stem in SPLITS:
                digests[f"{name}, token ids"] = _digest(_token_ids(tokenizer, pd.read_parquet(file)["prompt"]))
    return digests


def _content(file: Path) -> Iterator[bytes]:
    if file.suffix != ".parquet":
        yield file.read_bytes()
        return
    rows = pd.read_parquet(file)
    yield json.dumps(list(rows.columns)).encode()
    for row in rows.itertuples(index=False):
        yield json.dumps([round(value, _DIGITS) if isinstance(value, float) else value for value in row]).encode()


def _token_ids(tokenizer: Path, texts: Iterable[str]) -> Iterator[bytes]:
    from tokenizers import Tokenizer

    encode = Tokenizer.from_file(str(tokenizer)).encode
    return (json.dumps(encode(text).ids).encode() for text in texts)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part + b"\n")
    return digest.hexdigest()
