"""Tokens with nearly all probability, against a loop over tokens."""

import torch

from superficial.distillation.likely_tokens import likely_tokens
from superficial.traces.output_head import OutputHead


def test_the_tokens_left_out_have_hardly_any_probability_by_any_model(monkeypatch):
    monkeypatch.setattr("superficial.distillation.likely_tokens._CHUNK", 20)
    generator = torch.Generator().manual_seed(0)
    heads = [OutputHead(3 * torch.randn(200, 8, generator=generator), torch.arange(200) / step) for step in (4, -4)]
    hidden = [torch.randn(50, 8, generator=generator) for _ in heads]
    tokens = likely_tokens(zip(heads, hidden, strict=True)).tolist()
    assert tokens == sorted(set(tokens))
    expected = set()
    for head, states in zip(heads, hidden, strict=True):
        mean, held = head.logits(states).double().softmax(-1).mean(0), 0.0
        for token in mean.argsort(descending=True).tolist():
            if held < 1 - 1e-5:
                expected.add(token)
            held += mean[token].item()
    assert set(tokens) == expected
    assert len(expected) < 200
