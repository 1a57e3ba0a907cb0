"""The benchmark of a card, at a tiny shape on the CPU: it measures what it says, and its table holds it."""

import math

import torch

from repro.bench import gpu
from superficial.config_external import Architecture

TINY = Architecture(
    width=16, layers=2, heads=2, key_value_heads=2, feed_forward=32, vocabulary=50, tied=False, attention_bias=False
)


def test_it_runs_at_a_tiny_shape(monkeypatch):
    monkeypatch.setattr(gpu, "PROMPT", 6)
    monkeypatch.setattr(gpu, "RESPONSE", 5)
    rows = gpu.measure(TINY, 7, torch.device("cpu"), side=64)
    assert [row.tokens for row in rows] == [7 * 5, 2 * 7 * (6 + 5 - 1), gpu.SETTINGS.epochs * 7 * 5]
    for row in rows:
        assert row.tokens_a_second > 0
        assert row.share > 0
        assert math.isnan(row.peak_gigabytes)
    text = gpu.table(rows, "a CPU", "tiny", 7)
    assert text.count("\n|") == 5
    assert "teacher-forced extraction" in text
