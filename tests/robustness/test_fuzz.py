"""Readers of our own files, fed damaged and invented ones: a correct read, or one ValueError sentence, nothing else."""

import hashlib
import io
import json
import os
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from repro.engine.paths import ROOT
from superficial.config import Profile, load_profile
from superficial.config.questions import Context
from superficial.heads.black_box import BlackBoxHead
from superficial.heads.files import read_card, read_inspection
from superficial.heads.loading import load_head
from superficial.heads.residual import ResidualHead
from superficial.prompt_files import read_prompts
from superficial.prompts import read_context
from superficial.published.claims import load_claims
from superficial.published.numbers import Published, load_published
from superficial.reading import read_rows
from superficial.reporting.bundle import read_bundle
from superficial.reporting.heads import head_text
from superficial.reporting.provenance import Record, read_record
from superficial.traces.output_head import Pair
from superficial.traces.shards import read_shards
from superficial.traces.trace import Trace

PROFILES = {path.name: path.read_bytes() for path in (ROOT / "repro" / "profiles").glob("*.yaml")}
# How long each reader is fed in the long test.
SECONDS = float(os.environ.get("FUZZ_SECONDS", "600"))


def of_normal(examples: int = 60):
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def bytes_of_rows() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        rows = pd.DataFrame({"question_id": ["a", "b"], "score": [0.0, 1.0], "garbled": [0.0, 0.0], "response": "x"})
        rows.to_parquet(path)
        return path.read_bytes()


SHARD = save(
    {name: torch.arange(3) for name in ("prompt", "position", "token")}
    | {name: torch.ones(3, 2) for name in ("base_hidden", "aligned_hidden")}
)
RECORD = json.dumps(
    {"stage": "train", "name": "small", "command": "python train.py", "started": "2026-01-01T00:00:00", "seconds": 1.0}
    | {"part": {"seed": 1}, "seeds": {"seed": 1}, "inputs": {}, "sources": {}, "outputs": {"a": "0"}, "packages": {}}
    | {"code": {"sha256": "0", "commit": None, "changed_since_commit": None}}
    | {"device": "cpu", "threads": 1, "deterministic": True}
).encode()
CONTEXT = json.dumps({"system": "s", "turn": "{question}", "examples": [["q", "a"]], "wrappers": {"w": "x"}}).encode()

INSPECTION = json.dumps(
    {"format": 1, "kind": "logit", "alpha": 0.5, "shape": [3, 3], "prompts": 1, "positions": 2}
    | {"kl": {"base": 1.0, "superficial": 0.5}, "energy_by_rank": [{"rank": 1, "share": 1.0}]}
    | {"kl_by_position": [{"position": 0, "prompts": 1, "kl_base": 1.0, "kl_superficial": 0.5}]}
    | {"rises": [{"token": "a", "id": 1, "mean_change": 1.0}], "falls": []}
).encode()
CARD = b'{"k": 2, "alpha": 0.5, "kind": "logit", "base": {"name": "b", "weights": "0a", "revision": null}}'
HEAD = save({"k2": torch.ones(3, 3)})


def bundle() -> bytes:
    """A bundle as small as one can be: a profile, a file, and the record of what wrote it."""
    profile = load_profile(ROOT / "repro" / "profiles" / "smoke.yaml").model_dump_json().encode()
    written = {"worlds/main/style_tokens.txt": hashlib.sha256(b"a\nb").hexdigest()}
    record = json.dumps(json.loads(RECORD) | {"outputs": written}).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("profile.json", profile)
        archive.writestr("worlds/main/style_tokens.txt", b"a\nb")
        archive.writestr("provenance/world-main.json", record)
    return packed.getvalue()


@dataclass(frozen=True)
class Reader:
    """What reads a file of this name in a folder, what a read gives, a right file, and what lies beside it."""

    file: str
    read: Callable[[Path], object]
    gives: type
    right: bytes
    beside: dict[str, bytes] = field(default_factory=dict)


READERS = {
    "profile": Reader("p.yaml", lambda d: load_profile(d / "p.yaml"), Profile, PROFILES["smoke.yaml"], PROFILES),
    "trace": Reader("00000.safetensors", read_shards, Trace, SHARD),
    "residual head": Reader(
        "head.safetensors", load_head, ResidualHead, save({"delta": torch.ones(3, 2)}), {"card.json": CARD}
    ),
    "black-box head": Reader("head.safetensors", load_head, BlackBoxHead, HEAD, {"card.json": CARD}),
    "card": Reader("card.json", load_head, BlackBoxHead, CARD, {"head.safetensors": HEAD}),
    "inspection": Reader(
        "inspect.json", lambda d: head_text(read_card(d), read_inspection(d)), str, INSPECTION, {"card.json": CARD}
    ),
    "card shown": Reader(
        "card.json", lambda d: head_text(read_card(d), read_inspection(d)), str, CARD, {"inspect.json": INSPECTION}
    ),
    "output heads": Reader(
        "w.safetensors",
        lambda d: Pair.read(d / "w.safetensors"),
        Pair,
        save({"base": torch.ones(3, 2), "aligned": torch.ones(3, 2), "aligned_bias": torch.ones(3)}),
    ),
    "scores": Reader("s.parquet", lambda d: read_rows(d / "s.parquet", ("score",)), pd.DataFrame, bytes_of_rows()),
    "record": Reader("r.json", lambda d: read_record(d / "r.json"), Record, RECORD),
    "context": Reader("c.json", lambda d: read_context(d / "c.json"), Context, CONTEXT),
    "bundle": Reader("b.zip", lambda d: read_bundle(d / "b.zip", d / "results"), Profile, bundle()),
    "prompts": Reader("p.txt", lambda d: read_prompts(d / "p.txt"), list, "how many ?\n\nWas nun, ü?\n".encode()),
    "prompts as JSON": Reader(
        "p.jsonl", lambda d: read_prompts(d / "p.jsonl"), list, b'{"prompt": "a"}\n{"id": 3, "prompt": "b\\n"}\n'
    ),
    "published numbers": Reader(
        "p.yaml", lambda d: load_published(d / "p.yaml"), Published, (ROOT / "paper" / "published.yaml").read_bytes()
    ),
    "claims": Reader(
        "c.yaml",
        lambda d: [claim.description() for claim in load_claims(d / "c.yaml").values()],
        list,
        (ROOT / "paper" / "claims.yaml").read_bytes(),
    ),
}


@st.composite
def damaged(draw, right: bytes) -> bytes:
    """A right file that was cut, had bits flipped, bytes inserted or a piece repeated."""
    content = bytearray(right)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        kind = draw(st.sampled_from(["cut", "flip", "insert", "repeat", "zero"]))
        if kind == "cut":
            del content[at:]
        elif kind == "insert":
            content[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif kind == "repeat":
            content += content[at : at + 64]
        elif content:
            content[at] = content[at] ^ (1 << draw(st.integers(0, 7))) if kind == "flip" else 0
    return bytes(content)


def laid_out(reader: Reader, content: bytes, folder: Path) -> Path:
    for name, beside in (reader.beside | {reader.file: content}).items():
        (folder / name).write_bytes(beside)
    return folder


def read_or_refused(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = laid_out(READERS[name], content, Path(made))
        try:
            READERS[name].read(folder)
        except ValueError as error:
            assert type(error) is ValueError, "an exception of somebody else's"
            assert str(error).strip()
            assert "\n" not in str(error)
            assert any(part in str(error) for part in (str(folder), "profile", "The head's"))


@pytest.mark.parametrize("name", READERS)
def test_a_right_file_is_read(name, tmp_path):
    reader = READERS[name]
    assert isinstance(reader.read(laid_out(reader, reader.right, tmp_path)), reader.gives)


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused(name):
    @of_normal()
    @given(damaged(READERS[name].right))
    def check(content: bytes) -> None:
        read_or_refused(name, content)

    check()


@pytest.mark.parametrize("name", READERS)
def test_any_bytes_are_refused_or_read(name):
    @of_normal(30)
    @given(st.binary(max_size=200))
    def check(content: bytes) -> None:
        read_or_refused(name, content)

    check()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from([torch.float32, torch.float16, torch.int64, torch.int32, torch.bool, torch.bfloat16])
tensors_of = st.tuples(st.lists(st.integers(0, 3), max_size=3), kinds)


@of_normal(30)
@given(st.data())
def test_a_profile_with_anything_in_any_place_is_read_or_refused(data):
    content = yaml.safe_load(PROFILES["lab.yaml"])
    place = content
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(trees)
    read_or_refused("profile", yaml.safe_dump(content, allow_unicode=True).encode("utf-8", "surrogatepass"))


@of_normal(60)
@given(st.dictionaries(st.sampled_from(["k", "alpha", "format", "kind", "seed"]), trees))
def test_a_card_of_anything_is_read_or_refused(card):
    read_or_refused("card", json.dumps(card).encode())


@of_normal(60)
@given(st.dictionaries(st.sampled_from(["prompt", "position", "token", "base_hidden", "aligned_hidden"]), tensors_of))
def test_a_trace_of_any_tensors_is_read_or_refused(tensors):
    read_or_refused("trace", save({name: torch.zeros(shape, dtype=kind) for name, (shape, kind) in tensors.items()}))


@of_normal(60)
@given(st.dictionaries(st.sampled_from(["delta", "k0", "k1", "k2", "k", "kx", "weights"]), tensors_of))
def test_a_head_of_any_tensors_is_read_or_refused(tensors):
    read_or_refused(
        "black-box head", save({name: torch.zeros(shape, dtype=kind) for name, (shape, kind) in tensors.items()})
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_long_fuzzing_finds_nothing(name):
    tried = 0

    @of_normal(500)
    @given(damaged(READERS[name].right) | st.binary(max_size=200))
    def check(content: bytes) -> None:
        nonlocal tried
        tried += 1
        read_or_refused(name, content)

    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        check()
    print(f"{name}: {tried} files")


def test_a_flipped_bit_in_the_numbers_is_not_the_readers_to_find():
    """It reads as another number: that is why files are compared with their recorded hashes."""
    content = bytearray(READERS["residual head"].right)
    content[-1] ^= 1
    with tempfile.TemporaryDirectory() as made:
        (Path(made) / "head.safetensors").write_bytes(content)
        (Path(made) / "card.json").write_text("{}")
        head = load_head(Path(made))
    assert isinstance(head, ResidualHead)
    assert not np.allclose(head.delta.numpy(), 1)
