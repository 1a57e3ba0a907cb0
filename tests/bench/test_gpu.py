"""The GPU benchmark, with tiny models on the CPU: it measures every part, and RESULTS.md shows them."""

import json
from dataclasses import asdict, replace

import pytest
import torch

from bench import gpu
from bench.records import date_and_machine
from bench.results import results_page
from repro.engine.paths import profile_file
from superficial.config import load_profile
from superficial.config.shapes import Architecture
from superficial.planning.rates import read_rates

TINY = Architecture(
    width=16, layers=2, heads=2, key_value_heads=2, feed_forward=32, vocabulary=50, tied=False, attention_bias=False
)


@pytest.fixture
def measured(monkeypatch):
    monkeypatch.setattr(gpu, "PROMPT", 6)
    monkeypatch.setattr(gpu, "RESPONSE", 5)
    monkeypatch.setattr(gpu, "VOCABULARIES", {40: 12})
    monkeypatch.setattr(gpu, "_PROMPTS_AT_ONCE", 3)
    return gpu.measure(load_profile(profile_file("rehearsal")), TINY, 8, torch.device("cpu"), side=64)


def test_it_measures_every_part_and_the_page_shows_it(measured, tmp_path):
    rows, _ = measured
    # Of 40 positions 2 choose the epoch.
    assert [row.tokens for row in rows[1:]] == [2 * 2 * (6 + 5 - 1), 2 * 8 * (6 + 5 - 1), 38, 38]
    for row in rows:
        assert row.tokens_a_second > 0 and row.share > 0
        assert row.peak_gigabytes is None and row.planned_seconds is None
    assert "Not measured yet: `python -m bench.gpu" in results_page(tmp_path)
    found = {"bfloat16_teraflops": 1.0, "float32_teraflops": 0.5, "bandwidth_gigabytes": 10.0}
    record = date_and_machine() | found | {"card": None, "shape": "tiny", "rows": [asdict(row) for row in rows]}
    (tmp_path / "gpu.json").write_text(json.dumps(record))
    page = results_page(tmp_path)
    assert "CPU, random weights in the shape of tiny" in page
    assert "| extraction, 8 prompts | 160 |" in page and "V = 40, k = 40, 40 x" in page


def test_the_plan_of_a_known_card_is_compared_with_what_was_measured(measured):
    _, rates = measured
    known = replace(rates, card=read_rates().cards["H100"])
    operations = 1e15
    seconds = known.planned(gpu.CallPlan("extraction", "", operations=operations))
    assert seconds == pytest.approx(operations / (rates.assumptions.matmul_share * 989e12))
