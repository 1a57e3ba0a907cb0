"""A merged Llama goes to GGUF, in the names llama.cpp uses, and comes back through transformers as what it was."""

import torch
from transformers import AutoModelForCausalLM

from superficial.heads.residual import ResidualHead
from tests.support.gguf_files import write_gguf
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import tiny_model


@torch.no_grad()
def test_a_merged_head_survives_gguf(tmp_path):
    base = tiny_model("llama", 0)
    torch.manual_seed(1)
    head = ResidualHead(0.3 * torch.randn_like(base.lm_head.weight))
    ids = torch.tensor([[5, 6, 7, 8, 9]])
    alone = base(input_ids=ids).logits
    head.merge_into(base)
    write_gguf(tmp_path / "merged.gguf", base)
    read = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="merged.gguf", dtype=torch.float32).eval()
    expected = base(input_ids=ids).logits
    assert_rows_close(read(input_ids=ids).logits, expected)
    assert (expected - alone).abs().max() > 1
    assert torch.equal(read.lm_head.weight, base.lm_head.weight)
