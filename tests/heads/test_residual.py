"""Residual heads: applied and taken away again, of another strength and rank, saved, and as LoRA adapters."""

import copy
import json
import re
import warnings

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from superficial.errors import Note
from superficial.heads.loading import load_head
from superficial.heads.lora import base_of_adapter
from tests.heads.random_heads import random_residual_head, tokenized, twelve_tokens
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import ARCHITECTURES, TIED, tiny_model

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_applied_head_leaves_the_model_to_the_bit(tokenizer, prompts, architecture):
    base, prompts = tiny_model(architecture, 0), prompts[:8]
    head = random_residual_head(base, tokenizer).with_strength(0.7)
    alone = twelve_tokens(base, tokenizer, prompts)
    state = {name: value.clone() for name, value in base.state_dict().items()}
    with head.applied_to(base) as logits_processors:
        applied = twelve_tokens(base, tokenizer, prompts, logits_processor=logits_processors)
    assert applied != alone == twelve_tokens(base, tokenizer, prompts)
    assert all(torch.equal(value, state[name]) for name, value in base.state_dict().items())
    tied = base.get_output_embeddings().weight is base.get_input_embeddings().weight
    assert tied == (architecture in TIED) == base.config.tie_word_embeddings
    head.merge_into(base)
    assert twelve_tokens(base, tokenizer, prompts) == applied


def test_student_logits_are_those_of_the_merged_model(tokenizer):
    model, ids = tiny_model("phi", 0), torch.tensor([[3, 4, 5]])
    head = random_residual_head(model, tokenizer).with_strength(-0.5)
    with torch.no_grad():
        hidden = model.get_decoder()(input_ids=ids).last_hidden_state
        logits = model(input_ids=ids).logits
        head.merge_into(model)
        expected = model(input_ids=ids).logits
    assert_rows_close(head.student_logits(hidden, logits), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("architecture", ["llama", "gemma", "gpt2", "phi"])
def test_peft_reads_the_adapter_as_the_same_head(tmp_path, tokenizer, prompts, architecture, dtype):
    base = tiny_model(architecture, 0, DTYPES[dtype])
    head = random_residual_head(base, tokenizer, rank=4).with_strength(0.8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Note)
        head.save_lora(base, tmp_path / "adapter")
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert config["r"] == 4
    with warnings.catch_warnings():
        # peft warns of every adapter on a tied head; this one is never merged by peft.
        warnings.simplefilter("ignore")
        adapted = PeftModel.from_pretrained(copy.deepcopy(base), tmp_path / "adapter").eval()
    inputs = tokenized(tokenizer, prompts)
    with head.applied_to(base), torch.no_grad():
        expected = base(**inputs).logits
        tokens = twelve_tokens(base, tokenizer, prompts)
    with torch.no_grad():
        # While it is trained, too: an adapter drops nothing, and this llama does not either.
        logits = adapted.train(architecture == "llama")(**inputs).logits
    adapted.eval()
    # Both have the same hidden states: only the products of the head itself are rounded differently.
    assert_rows_close(logits, expected, roundings=2 if dtype == "bfloat16" else 32)
    if dtype == "float32":
        assert twelve_tokens(adapted, tokenizer, prompts) == tokens


@pytest.mark.parametrize("architecture", ["gemma", "llama"])
@torch.no_grad()
def test_an_adapter_of_a_tied_head_says_that_it_must_not_be_merged(tmp_path, tokenizer, architecture):
    """What it says is true: peft's merge changes the embeddings of a tied model, and those of no other."""
    tiny_model(architecture, 0).save_pretrained(tmp_path / "base")
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    head, embeddings = random_residual_head(base, tokenizer, rank=4), base.get_input_embeddings().weight.clone()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        head.save_lora(base, tmp_path / "adapter")
        adapted = PeftModel.from_pretrained(base, tmp_path / "adapter")
    noted = [each for each in caught if issubclass(each.category, Note)]
    notes = [str(each.message) for each in noted]
    assert all(each.filename == __file__ for each in noted), "the note is about the line that saves the adapter"
    merged = adapted.merge_and_unload()
    is_changed = not torch.equal(merged.get_input_embeddings().weight, embeddings)
    assert is_changed == bool(notes) == (tmp_path / "adapter" / "README.md").exists() == (architecture in TIED)
    assert all("merge_and_unload adds it to the embeddings as well" in note for note in notes)
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(tmp_path / "base")


def test_an_adapter_names_a_base_from_the_hub_by_id_and_revision(tmp_path):
    base = tiny_model("llama", 0)
    for path, name, revision in (
        ("/cache/models--org--name/snapshots/0123abcd", "org/name", "0123abcd"),
        ("org/name", "org/name", None),
        ("", None, None),
    ):
        base.name_or_path = path
        assert base_of_adapter(base) == (name, revision)


def test_a_truncated_head_is_the_nearest_of_its_rank(tokenizer):
    head = random_residual_head(tiny_model("llama", 0), tokenizer)
    short = head.truncated(5)
    assert torch.linalg.matrix_rank(short.delta) == 5
    values = torch.linalg.svdvals(head.delta)
    torch.testing.assert_close(torch.linalg.norm(head.delta - short.delta), values[5:].square().sum().sqrt())
    assert short.card["rank"] == 5
    assert torch.linalg.matrix_rank(head.truncated(1).delta) == 1
    assert_rows_close(head.truncated(32).delta, head.delta)
    with pytest.raises(ValueError, match="rank is 0; it must be between 1 and 32"):
        head.truncated(0)
    with pytest.raises(ValueError, match="rank is 33; it must be between 1 and 32"):
        head.truncated(33)


def test_another_strength_forgets_what_was_measured_at_this_one(tokenizer):
    head = random_residual_head(tiny_model("llama", 0), tokenizer)
    head.card.update(validation_kl=[1.0, 0.5], validation_kl_after=0.5, validation_kl_before=1.0)
    changed = head.with_strength(2.0)
    assert "validation_kl" not in changed.card and "validation_kl_after" not in changed.card
    assert changed.card["validation_kl_before"] == 1.0
    torch.testing.assert_close(changed.matrix, 2 * head.delta)


def test_a_saved_head_comes_back_and_knows_its_model(tmp_path, tokenizer):
    model, other = tiny_model("llama", 0), tiny_model("llama", 1)
    head = random_residual_head(model, tokenizer).with_strength(0.4)
    head.card["licence"] = "MIT"
    head.save(tmp_path / "head")
    loaded = load_head(tmp_path / "head", model, tokenizer)
    assert torch.equal(loaded.matrix, head.matrix)
    assert loaded.card["licence"] == "MIT" and loaded.inspection is None
    assert {path.suffix for path in (tmp_path / "head").iterdir()} == {".json", ".md", ".safetensors"}

    other.name_or_path = "somebody/other"
    with pytest.raises(ValueError, match=r"made for unnamed \(weights \w+\), and this is somebody/other") as refused:
        load_head(tmp_path / "head", other, tokenizer)
    made_for, this = re.findall(r"\(weights (\w+)\)", str(refused.value))
    assert made_for != this and len(made_for) == len(this)
    load_head(tmp_path / "head", copy.deepcopy(model).to(torch.bfloat16), tokenizer)
    head.merge_into(model)
    with pytest.raises(ValueError, match="made for"):
        load_head(tmp_path / "head", model, tokenizer)
    with pytest.raises(ValueError, match="exists already"):
        head.save(tmp_path / "head")


def test_an_applied_head_takes_the_memory_of_the_matrix_that_it_puts_in_place_of_the_models(tokenizer):
    model = tiny_model("llama", 0)
    own = model.get_output_embeddings().weight
    head = random_residual_head(model, tokenizer)
    with head.applied_to(model):
        applied = model.get_output_embeddings().weight
        assert applied.data_ptr() != own.data_ptr()
        assert head.extra_bytes == applied.nbytes == own.numel() * 4
