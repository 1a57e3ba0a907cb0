"""Readers of our own files, fed damaged and invented ones: a correct read, or one ValueError sentence, nothing else."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import ROOT
from safetensors.torch import save

from superficial.config import Profile, load_profile
from superficial.knowledge.heads import LogitHead, ResidualHead, load_head
from superficial.knowledge.traces import Trace, read_shards
from superficial.prompts import Context, read_context
from superficial.reading import read_rows
from superficial.reporting.provenance import Record, read_record

PROFILES = ROOT / "repro" / "profiles"
LONG = 3000


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

# What reads a file of this name in a folder, what a read gives, and a right file.
READERS: dict[str, tuple[str, Callable[[Path], object], type | tuple[type, ...], bytes]] = {
    "profile": ("p.yaml", lambda d: load_profile(d / "p.yaml"), Profile, (PROFILES / "smoke.yaml").read_bytes()),
    "trace": ("00000.safetensors", read_shards, Trace, SHARD),
    "residual head": ("head.safetensors", load_head, ResidualHead, save({"delta": torch.ones(3, 2)})),
    "black-box head": ("head.safetensors", load_head, LogitHead, save({"k2": torch.ones(3, 3)})),
    "card": ("card.json", load_head, LogitHead, b'{"k": 2, "alpha": 0.5, "kind": "logit"}'),
    "scores": ("s.parquet", lambda d: read_rows(d / "s.parquet", ("score",)), pd.DataFrame, bytes_of_rows()),
    "record": ("r.json", lambda d: read_record(d / "r.json"), Record, RECORD),
    "context": ("c.json", lambda d: read_context(d / "c.json"), Context, CONTEXT),
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


def read_or_refused(name: str, content: bytes) -> None:
    file, read, right_type, right = READERS[name]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for profile in PROFILES.glob("*.yaml") if name == "profile" else ():
            (folder / profile.name).write_bytes(profile.read_bytes())
        if file == "card.json":
            (folder / "head.safetensors").write_bytes(READERS["black-box head"][3])
        if name.endswith("head"):
            (folder / "card.json").write_bytes(READERS["card"][3])
        (folder / file).write_bytes(content)
        try:
            found = read(folder)
        except ValueError as error:
            assert type(error) is ValueError, "an exception of somebody else's"
            assert str(error).strip()
            assert "\n" not in str(error)
            assert str(folder) in str(error) or "profile" in str(error)
        else:
            assert isinstance(found, right_type if content == right else object)


@pytest.mark.parametrize("name", READERS)
def test_a_right_file_is_read(name):
    file, read, right_type, right = READERS[name]
    read_or_refused(name, right)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for profile in PROFILES.glob("*.yaml"):
            (folder / profile.name).write_bytes(profile.read_bytes())
        (folder / "head.safetensors").write_bytes(READERS["black-box head"][3])
        (folder / "card.json").write_bytes(READERS["card"][3])
        (folder / file).write_bytes(right)
        if name == "trace":
            (folder / "head.safetensors").unlink()
        assert isinstance(read(folder), right_type)


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused(name):
    @of_normal()
    @given(damaged(READERS[name][3]))
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
    content = yaml.safe_load((PROFILES / "lab.yaml").read_text(encoding="utf-8"))
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
    @of_normal(LONG)
    @given(damaged(READERS[name][3]))
    def check(content: bytes) -> None:
        read_or_refused(name, content)

    check()


def test_a_flipped_bit_in_the_numbers_is_not_the_readers_to_find():
    """It reads as another number: that is why files are compared with their recorded hashes."""
    content = bytearray(READERS["residual head"][3])
    content[-1] ^= 1
    with tempfile.TemporaryDirectory() as made:
        (Path(made) / "head.safetensors").write_bytes(content)
        (Path(made) / "card.json").write_text("{}")
        head = load_head(Path(made))
    assert isinstance(head, ResidualHead)
    assert not np.allclose(head.delta.numpy(), 1)
