"""The benchmark of the solver on a tiny pair: both sides are measured, and RESULTS.md shows them."""

import json
from dataclasses import asdict

from bench import solver
from bench.records import date_and_machine
from bench.results import results_page
from superficial.traces.shards import write_shards
from tests.support.tiny_models import head_only_pair


def test_it_measures_both_sides_and_the_page_shows_them(tmp_path, monkeypatch):
    monkeypatch.setattr(solver, "ROUNDS", 1)
    pair, train, validation = head_only_pair()
    folder = tmp_path / "tiny"
    for name, trace in (("train", train), ("validation", validation)):
        write_shards(folder / name, [trace])
    pair.write(folder / "weights.safetensors")
    problems = solver.problems(folder, [50, 0], draws=2)
    assert [problem.name for problem in problems] == [
        "tiny, 50 prompts, draw 1",
        "tiny, 50 prompts, draw 2",
        "tiny, all prompts",
    ]
    assert len(problems[0].train) < len(problems[2].train) == len(train)
    row = solver.measure(problems[2], [1e-4, 1e-2], epochs=20)
    assert row.adam_rate == 1e-2 and 1 <= row.adam_epoch <= 20
    assert row.validation_kl_ours < row.validation_kl_adam < row.validation_kl_before
    (tmp_path / "solver.json").write_text(json.dumps(date_and_machine() | {"rows": [asdict(row)]}))
    assert f"{row.validation_kl_ours:.5f}" in results_page(tmp_path)
