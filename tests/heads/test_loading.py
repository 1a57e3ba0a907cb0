"""Saved heads of either kind, also those of earlier versions, and folders that are not heads."""

import importlib.util
import json
import sys
import warnings
from importlib.metadata import version

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import save_file

from repro.engine.paths import ROOT
from superficial import __version__
from superficial.errors import Note
from superficial.heads.black_box import BlackBoxHead, top_k
from superficial.heads.files import FORMAT, MeanKl, read_inspection
from superficial.heads.loading import load_every_k, load_head
from superficial.heads.residual import ResidualHead
from superficial.heads.restriction import Restriction
from tests.support.rounding import assert_rows_close


def test_a_head_that_an_earlier_version_saved_is_read(tmp_path):
    """Its card and inspection call a black-box head "logit", and its tensor is named after k."""
    weight, logits = torch.randn(24, 24), torch.randn(2, 24)
    save_file({"k3": weight, "k5": weight + 1}, tmp_path / "head.safetensors")
    (tmp_path / "card.json").write_text('{"kind": "logit", "k": 3, "alpha": 0.5, "optimizer": "adam-cosine"}')
    inspection = {
        **{"format": 1, "kind": "logit", "alpha": 0.5, "shape": [24, 24], "prompts": 1, "positions": 2},
        **{"kl": {"base": 1.0, "superficial": 0.5}, "kl_by_position": [], "energy_by_rank": []},
        **{"rises": [{"token": "a", "id": 1, "mean_change": 1.0}], "falls": []},
    }
    (tmp_path / "inspect.json").write_text(json.dumps(inspection))
    head = load_head(tmp_path)
    assert isinstance(head, BlackBoxHead) and head.kind == "black-box"
    assert_rows_close(head.student_logits(None, logits), logits + 0.5 * top_k(logits, 3) @ weight.T)
    assert head.inspection == read_inspection(tmp_path)
    assert head.inspection.rises[0].token == "a"


def test_without_a_strength_a_head_is_as_trained():
    delta = torch.randn(4, 3)
    assert torch.equal(ResidualHead(delta).matrix, delta)
    logits = torch.randn(2, 4)
    weight = torch.randn(4, 4)
    expected = logits + top_k(logits, 2) @ weight.T
    for head in (BlackBoxHead.dense(weight, 2), BlackBoxHead(weight, 2, Restriction.none(4))):
        assert_rows_close(head.student_logits(None, logits), expected)


def test_every_k_of_a_file_is_a_head(tmp_path):
    weights = {k: torch.randn(4, 4) for k in (4, 1, 2)}
    save_file({f"k{k}": weight for k, weight in weights.items()}, tmp_path / "head.safetensors")
    heads = load_every_k(tmp_path)
    assert [head.k for head in heads] == [1, 2, 4]
    assert all(torch.equal(head.weight, weights[head.k]) and head.alpha == 1 for head in heads)


def test_a_card_without_a_strength_is_that_of_a_head_as_trained(tmp_path):
    ResidualHead(torch.randn(4, 3)).save(tmp_path / "head")
    card = tmp_path / "head" / "card.json"
    card.write_text(
        json.dumps({name: value for name, value in json.loads(card.read_text()).items() if name != "alpha"})
    )
    assert load_head(tmp_path / "head").alpha == 1


def test_a_card_that_names_another_k_is_refused_with_those_that_there_are(tmp_path):
    BlackBoxHead.dense(torch.randn(4, 4), 3).save(tmp_path / "head")
    card = tmp_path / "head" / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"k": 2}))
    with pytest.raises(ValueError, match=r"The card in \S+ names k 2; the head has k3\."):
        load_head(tmp_path / "head")


def test_damaged_and_foreign_folders_are_not_heads(tmp_path):
    folder = tmp_path / "head"
    ResidualHead(torch.randn(4, 3)).save(folder)
    with pytest.raises(ValueError, match=r"nowhere has no card\.json"):
        load_head(tmp_path / "nowhere")
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"format": 99}))
    with pytest.raises(ValueError, match="format 99; this package reads formats up to 1"):
        load_head(folder)
    (folder / "card.json").write_text("{")
    with pytest.raises(ValueError, match="is not JSON"):
        load_head(folder)
    (folder / "card.json").write_text(json.dumps(card))
    tensors = folder / "head.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"head\.safetensors cannot be read"):
        load_head(folder)


def test_a_head_that_other_versions_saved_is_loaded_with_a_note(tmp_path):
    ResidualHead(torch.randn(4, 3)).save(tmp_path / "head")
    card = json.loads((tmp_path / "head" / "card.json").read_text())
    here = {name: version(name) for name in ("torch", "transformers", "tokenizers")}
    assert {name: card[name] for name in here} == here and card["superficial"] == __version__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_head(tmp_path / "head")
        for name in here:
            card.pop(name)
        (tmp_path / "head" / "card.json").write_text(json.dumps(card))
        load_head(tmp_path / "head")
    (tmp_path / "head" / "card.json").write_text(json.dumps(card | {"torch": "1.0", "tokenizers": here["tokenizers"]}))
    with pytest.warns(Note) as noted:
        load_head(tmp_path / "head")
    said = f"was saved with torch 1.0, and this is torch {here['torch']}: responses may differ slightly."
    assert [str(note.message) for note in noted] == [f"{tmp_path / 'head'} {said}"]
    assert noted[0].filename == __file__, "the note is about the line that loads the head"
    (tmp_path / "head" / "card.json").write_text(json.dumps(card | {"torch": "99.0"}))
    with pytest.warns(Note, match=r"was saved with torch 99\.0, and this is torch"):
        load_head(tmp_path / "head")


@pytest.mark.parametrize("delta", [torch.ones(4), torch.ones(4, 3, 1), torch.ones(4, 3, dtype=torch.int64)])
def test_a_file_whose_delta_is_not_a_matrix_of_numbers_is_not_a_head(tmp_path, delta):
    ResidualHead(torch.randn(4, 3)).save(tmp_path / "head")
    save_file({"delta": delta}, tmp_path / "head" / "head.safetensors")
    with pytest.raises(ValueError, match=r"head\.safetensors is not a head: delta is .* not a matrix"):
        load_head(tmp_path / "head")


def test_what_was_measured_of_a_head_is_finite_and_stays_as_it_was_measured():
    with pytest.raises(ValidationError):
        MeanKl(base=float("nan"), superficial=0.5)
    with pytest.raises(ValidationError):
        MeanKl(base=1.0, superficial=0.5).base = 2.0


@pytest.mark.parametrize("name", ["black_box", "card", "files", "loading", "lora", "merging", "residual"])
def test_heads_are_defined_without_transformers_and_their_files_without_torch(name, monkeypatch):
    """Both take seconds to import."""
    for package in ("transformers", "torch") if name == "files" else ("transformers",):
        monkeypatch.setitem(sys.modules, package, None)
    path = ROOT / "src" / "superficial" / "heads" / f"{name}.py"
    spec = importlib.util.spec_from_file_location("imported_anew", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "imported_anew", module)
    spec.loader.exec_module(module)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        *(("format", value, "head is a head of format {}; this package reads") for value in (0, FORMAT + 1, "1", None)),
        *(
            ("alpha", value, "The card in .*head has alpha {}; a strength is a finite number")
            for value in ("0.5", True, None, float("inf"), float("nan"))
        ),
    ],
)
def test_a_card_with_a_format_or_a_strength_that_no_version_wrote_is_refused(tmp_path, field, value, error):
    ResidualHead(torch.randn(4, 3)).save(tmp_path / "head")
    card = tmp_path / "head" / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {field: value}))
    with pytest.raises(ValueError, match=error.format(repr(value))):
        load_head(tmp_path / "head")
