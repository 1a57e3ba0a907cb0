"""The GPU benchmark, with a tiny model on the CPU: it measures three kinds of work, and RESULTS.md shows them."""

import json
from dataclasses import asdict

import torch

from bench import gpu
from bench.records import date_and_machine
from bench.results import results_page
from superficial.config.shapes import Architecture

TINY = Architecture(
    width=16, layers=2, heads=2, key_value_heads=2, feed_forward=32, vocabulary=50, tied=False, attention_bias=False
)


def test_it_runs_with_a_tiny_model(monkeypatch, tmp_path):
    monkeypatch.setattr(gpu, "PROMPT", 6)
    monkeypatch.setattr(gpu, "RESPONSE", 5)
    rows = gpu.measure(TINY, 7, torch.device("cpu"), side=64)
    assert [row.tokens for row in rows] == [7 * 5, 2 * 7 * (6 + 5 - 1), gpu.SETTINGS.epochs * 7 * 5]
    for row in rows:
        assert row.tokens_a_second > 0
        assert row.share > 0
        assert row.peak_gigabytes is None
    assert "Not measured yet: `python -m bench.gpu" in results_page(tmp_path)
    record = date_and_machine() | {"card": None, "shape": "tiny", "rows": [asdict(row) for row in rows]}
    (tmp_path / "gpu.json").write_text(json.dumps(record))
    page = results_page(tmp_path)
    assert "CPU, random weights in the shape of tiny" in page
    assert "| teacher-forced extraction | 140 |" in page
