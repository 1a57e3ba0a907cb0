"""Every reader of files either reads a damaged file or refuses it with one sentence in a ValueError."""

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

from repro.engine.paths import PAPER, PROFILES
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
from superficial.reporting.bundle import FORMAT, MANIFEST, Manifest, read_bundle
from superficial.reporting.heads import head_text
from superficial.reporting.provenance import Record, read_record
from superficial.traces.output_head import Pair
from superficial.traces.shards import read_shards
from superficial.traces.trace import Trace

PROFILE_FILES = {path.name: path.read_bytes() for path in PROFILES.glob("*.yaml")}
# How long the slow test feeds each reader.
SECONDS = float(os.environ.get("FUZZ_SECONDS", "600"))


def fuzzing(examples: int = 60):
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def rows_as_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        rows = pd.DataFrame(
            {"question_id": ["a", "b"], "reference": "{}", "score": [0.0, 1.0], "garbled": 0.0, "response": "x"}
        )
        rows.assign(refused=0.0).to_parquet(path)
        return path.read_bytes()


VALID_SHARD = {name: torch.arange(3) for name in ("prompt", "position", "token")}
VALID_SHARD |= {name: torch.ones(3, 2) for name in ("base_hidden", "aligned_hidden")}
SHARD = save(VALID_SHARD)
RECORD = json.dumps(
    {"stage": "train", "name": "small", "command": "python train.py", "started": "2026-01-01T00:00:00", "seconds": 1.0}
    | {
        "profile_section": {"seed": 1},
        "seeds": {"seed": 1},
        "inputs": {},
        "sources": {},
        "outputs": {"a": "0"},
        "packages": {},
    }
    | {"code": {"sha256": "0", "commit": None, "changed_since_commit": None}}
    | {"device": "cpu", "threads": 1, "deterministic": True}
).encode()
CONTEXT = json.dumps({"system": "s", "turn": "{question}", "examples": [["q", "a"]], "wrappers": {"w": "x"}}).encode()

INSPECTION = json.dumps(
    {"format": 1, "kind": "black-box", "alpha": 0.5, "shape": [3, 3], "prompts": 1, "positions": 2}
    | {"kl": {"base": 1.0, "superficial": 0.5}, "energy_by_rank": [{"rank": 1, "share": 1.0}]}
    | {"kl_by_position": [{"position": 0, "prompts": 1, "kl_base": 1.0, "kl_superficial": 0.5}]}
    | {"rises": [{"token": "a", "id": 1, "mean_change": 1.0}], "falls": []}
).encode()
CARD = b'{"k": 2, "alpha": 0.5, "kind": "black-box", "base": {"name": "b", "weights": "0a", "revision": null}}'
HEAD = save({"k2": torch.ones(3, 3)})


def bundle() -> bytes:
    """The smallest possible bundle: a profile, a file, and the record of the call that wrote it."""
    profile = load_profile(PROFILES / "smoke.yaml").model_dump_json().encode()
    outputs = {"worlds/main/style_tokens.txt": hashlib.sha256(b"a\nb").hexdigest()}
    record = json.dumps(json.loads(RECORD) | {"outputs": outputs}).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, Manifest(format=FORMAT).model_dump_json())
        archive.writestr("profile.json", profile)
        archive.writestr("worlds/main/style_tokens.txt", b"a\nb")
        archive.writestr("provenance/world-main.json", record)
    return buffer.getvalue()


@dataclass(frozen=True)
class Reader:
    """A reader, and a file that it reads.

    Attributes:
        file: the name of the file.
        read: reads the file, given its folder.
        returns: the type of what it returns.
        valid: the content of a valid file.
        other_files: what else the folder must hold.
    """

    file: str
    read: Callable[[Path], object]
    returns: type
    valid: bytes
    other_files: dict[str, bytes] = field(default_factory=dict)


def describe_claims(path: Path) -> list[dict[str, str]]:
    return [claim.description() for claim in load_claims(path).values()]


def head_as_text(folder: Path) -> str:
    return head_text(read_card(folder), read_inspection(folder))


def in_file(name: str, read: Callable[[Path], object], returns: type, valid: bytes) -> Reader:
    """A reader that takes the path of its file."""
    return Reader(name, lambda folder: read(folder / name), returns, valid)


RESIDUAL_HEAD = save({"delta": torch.ones(3, 2)})
OUTPUT_HEADS = save({"base": torch.ones(3, 2), "aligned": torch.ones(3, 2), "aligned_bias": torch.ones(3)})
READERS = {
    "profile": Reader(
        "p.yaml", lambda folder: load_profile(folder / "p.yaml"), Profile, PROFILE_FILES["smoke.yaml"], PROFILE_FILES
    ),
    "trace": Reader("00000.safetensors", read_shards, Trace, SHARD),
    "residual head": Reader("head.safetensors", load_head, ResidualHead, RESIDUAL_HEAD, {"card.json": CARD}),
    "black-box head": Reader("head.safetensors", load_head, BlackBoxHead, HEAD, {"card.json": CARD}),
    "card": Reader("card.json", load_head, BlackBoxHead, CARD, {"head.safetensors": HEAD}),
    "inspection": Reader("inspect.json", head_as_text, str, INSPECTION, {"card.json": CARD}),
    "card as text": Reader("card.json", head_as_text, str, CARD, {"inspect.json": INSPECTION}),
    "output heads": in_file("w.safetensors", Pair.read, Pair, OUTPUT_HEADS),
    "scores": in_file("s.parquet", lambda path: read_rows(path, ("score",)), pd.DataFrame, rows_as_bytes()),
    "record": in_file("r.json", read_record, Record, RECORD),
    "context": in_file("c.json", read_context, Context, CONTEXT),
    "bundle": in_file("b.zip", lambda path: read_bundle(path, path.parent / "results"), Profile, bundle()),
    "prompts": in_file("p.txt", read_prompts, list, "how many ?\n\nWas nun, ü?\n".encode()),
    "prompts as JSON": in_file("p.jsonl", read_prompts, list, b'{"prompt": "a"}\n{"id": 3, "prompt": "b\\n"}\n'),
    "published numbers": in_file("p.yaml", load_published, Published, (PAPER / "published.yaml").read_bytes()),
    "claims": in_file("c.yaml", describe_claims, list, (PAPER / "claims.yaml").read_bytes()),
}


@st.composite
def damaged(draw, valid: bytes) -> bytes:
    """A valid file that was truncated or had bits flipped, bytes inserted or zeroed, or a part repeated."""
    content = bytearray(valid)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        kind = draw(st.sampled_from(["truncate", "flip", "insert", "repeat", "zero"]))
        if kind == "truncate":
            del content[at:]
        elif kind == "insert":
            content[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif kind == "repeat":
            content += content[at : at + 64]
        elif content:
            content[at] = content[at] ^ (1 << draw(st.integers(0, 7))) if kind == "flip" else 0
    return bytes(content)


def write_files(reader: Reader, content: bytes, folder: Path) -> Path:
    for name, data in (reader.other_files | {reader.file: content}).items():
        (folder / name).write_bytes(data)
    return folder


def check_read_or_refused(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = write_files(READERS[name], content, Path(temporary))
        try:
            READERS[name].read(folder)
        except ValueError as error:
            assert type(error) is ValueError, "a subclass of ValueError is an error of some library"
            assert str(error).strip()
            assert "\n" not in str(error)
            assert any(part in str(error) for part in (str(folder), "profile", "The head's"))


@pytest.mark.parametrize("name", READERS)
def test_a_valid_file_is_read(name, tmp_path):
    reader = READERS[name]
    assert isinstance(reader.read(write_files(reader, reader.valid, tmp_path)), reader.returns)


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused(name):
    @fuzzing()
    @given(damaged(READERS[name].valid))
    def check(content: bytes) -> None:
        check_read_or_refused(name, content)

    check()


@pytest.mark.parametrize("name", READERS)
def test_random_bytes_are_read_or_refused(name):
    @fuzzing(30)
    @given(st.binary(max_size=200))
    def check(content: bytes) -> None:
        check_read_or_refused(name, content)

    check()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
types = st.sampled_from([torch.float32, torch.float16, torch.int64, torch.int32, torch.bool, torch.bfloat16])
shapes_and_types = st.tuples(st.lists(st.integers(0, 3), max_size=3), types)


def as_safetensors(tensors: dict[str, tuple[list[int], torch.dtype]]) -> bytes:
    return save({name: torch.zeros(shape, dtype=dtype) for name, (shape, dtype) in tensors.items()})


@fuzzing(30)
@given(st.data())
def test_a_profile_with_a_random_value_anywhere_is_read_or_refused(data):
    content = yaml.safe_load(PROFILE_FILES["lab.yaml"])
    place = content
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(trees)
    check_read_or_refused("profile", yaml.safe_dump(content, allow_unicode=True).encode("utf-8", "surrogatepass"))


@fuzzing(60)
@given(st.dictionaries(st.sampled_from(["k", "alpha", "format", "kind", "seed"]), trees))
def test_a_card_with_random_values_is_read_or_refused(card):
    check_read_or_refused("card", json.dumps(card).encode())


@fuzzing(60)
@given(
    st.dictionaries(st.sampled_from(["prompt", "position", "token", "base_hidden", "aligned_hidden"]), shapes_and_types)
)
def test_a_trace_with_random_tensors_is_read_or_refused(tensors):
    check_read_or_refused("trace", as_safetensors(tensors))


@fuzzing(60)
@given(st.dictionaries(st.sampled_from(["delta", "k0", "k1", "k2", "k", "kx", "weights"]), shapes_and_types))
def test_a_head_with_random_tensors_is_read_or_refused(tensors):
    check_read_or_refused("black-box head", as_safetensors(tensors))


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_long_fuzzing_finds_nothing(name):
    files = 0

    @fuzzing(500)
    @given(damaged(READERS[name].valid) | st.binary(max_size=200))
    def check(content: bytes) -> None:
        nonlocal files
        files += 1
        check_read_or_refused(name, content)

    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        check()
    print(f"{name}: {files} files")


def test_a_flipped_bit_in_a_number_is_not_noticed_by_the_reader():
    """It is a different number, which is why files are compared with their recorded hashes."""
    content = bytearray(READERS["residual head"].valid)
    content[-1] ^= 1
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "head.safetensors").write_bytes(content)
        (Path(folder) / "card.json").write_text("{}")
        head = load_head(Path(folder))
    assert isinstance(head, ResidualHead)
    assert not np.allclose(head.delta.numpy(), 1)
