"""A merged checkpoint and a LoRA adapter, read by plain transformers, respond as the base with the head in memory."""

import json

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from superficial.heads.black_box import BlackBoxHead
from superficial.heads.export import export_checkpoint, export_lora
from superficial.heads.residual import ResidualHead
from tests.heads.random_heads import random_residual_head, twelve_tokens
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import ARCHITECTURES, TIED, tiny_model

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@torch.no_grad()
def step_by_step(model, head: ResidualHead, tokenizer, prompt: str) -> list[int]:
    """The definition: at each of twelve steps the largest of l_b + alpha dW h_b."""
    ids, tokens = tokenizer(prompt)["input_ids"], []
    for _ in range(12):
        output = model(input_ids=torch.tensor([ids + tokens]), output_hidden_states=True)
        logits = output.logits[0, -1] + head.alpha * head.delta @ output.hidden_states[-1][0, -1]
        tokens.append(int(logits.argmax()))
    return tokens


def saved_base(folder, tokenizer, architecture: str, dtype: torch.dtype = torch.float32):
    tiny_model(architecture, 0, dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return AutoModelForCausalLM.from_pretrained(folder, dtype="auto").eval()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_merged_checkpoint_responds_as_base_and_head_in_memory(tmp_path, tokenizer, prompts, architecture, dtype):
    prompts = prompts[:8]
    base = saved_base(tmp_path / "base", tokenizer, architecture, DTYPES[dtype])
    head = random_residual_head(base, tokenizer).with_strength(0.7)
    head.save(tmp_path / "head")
    definition = base.get_output_embeddings().weight.float() + 0.7 * head.delta
    with head.applied_to(base):
        expected = twelve_tokens(base, tokenizer, prompts)
        weights = {name: value.clone() for name, value in base.state_dict().items()}
        output_head = base.get_output_embeddings().weight.clone()
    assert expected != twelve_tokens(base, tokenizer, prompts)
    # The sum is rounded once.
    torch.testing.assert_close(output_head.float(), definition, rtol=torch.finfo(base.dtype).eps, atol=1e-7)

    export_checkpoint(str(tmp_path / "base"), tmp_path / "head", tmp_path / "merged")
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path / "merged", dtype="auto").eval()
    assert reloaded.dtype == DTYPES[dtype]
    assert torch.equal(reloaded.get_output_embeddings().weight, output_head)
    assert reloaded.state_dict().keys() == weights.keys()
    assert all(torch.equal(value, weights[name]) for name, value in reloaded.state_dict().items())
    if dtype == "float32":
        # In bfloat16 many tokens are tied for the largest logit, and any rounding chooses among them.
        assert twelve_tokens(reloaded, tokenizer, prompts) == expected
        assert expected[:2] == [step_by_step(base, head, tokenizer, prompt) for prompt in prompts[:2]]
    assert reloaded.config.tie_word_embeddings is False
    if architecture in TIED:
        assert torch.equal(reloaded.get_input_embeddings().weight, base.get_input_embeddings().weight)
    saved_tokenizer = PreTrainedTokenizerFast.from_pretrained(tmp_path / "merged")
    assert saved_tokenizer.chat_template == tokenizer.chat_template
    assert saved_tokenizer.get_vocab() == tokenizer.get_vocab()
    assert json.loads((tmp_path / "merged" / "superficial-card.json").read_text())["alpha"] == 0.7


def test_the_strength_of_an_exported_head_can_be_chosen(tmp_path, tokenizer):
    base = saved_base(tmp_path / "base", tokenizer, "llama")
    head = random_residual_head(base, tokenizer, rank=3).with_strength(0.7)
    head.save(tmp_path / "head")
    export_checkpoint(str(tmp_path / "base"), tmp_path / "head", tmp_path / "merged", alpha=2.0)
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "merged")
    assert_rows_close(merged.lm_head.weight, base.lm_head.weight + 2 * head.delta)
    export_lora(str(tmp_path / "base"), tmp_path / "head", tmp_path / "adapter", rank=3, alpha=2.0)
    assert json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())["r"] == 3


def test_a_chat_template_survives_in_plain_transformers(tmp_path, tokenizer):
    base = saved_base(tmp_path / "base", tokenizer, "qwen2")
    random_residual_head(base, tokenizer).save(tmp_path / "head")
    export_checkpoint(str(tmp_path / "base"), tmp_path / "head", tmp_path / "merged")
    turn = [{"role": "user", "content": "w1 w2"}]
    tokenizers = [AutoTokenizer.from_pretrained(tmp_path / name) for name in ("base", "merged")]
    texts = {each.apply_chat_template(turn, add_generation_prompt=True, tokenize=False) for each in tokenizers}
    assert texts == {"<user> w1 w2 <assistant>"}


def test_a_head_whose_card_names_no_kind_cannot_be_merged(tmp_path):
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(ValueError, match="is not a residual head"):
        export_checkpoint("base", tmp_path, tmp_path / "merged")


def test_a_black_box_head_cannot_be_merged(tmp_path, tokenizer):
    saved_base(tmp_path / "base", tokenizer, "llama")
    BlackBoxHead.dense(torch.eye(64), 5).save(tmp_path / "head")
    with pytest.raises(ValueError, match="a black-box head reads logits and cannot be merged"):
        export_checkpoint(str(tmp_path / "base"), tmp_path / "head", tmp_path / "merged")
    assert not (tmp_path / "merged").exists()
