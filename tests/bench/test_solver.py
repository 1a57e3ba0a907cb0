"""The benchmark of the solver on tiny pairs: both sides are measured, and RESULTS.md shows them."""

import json
import sys

import pytest
import torch

from bench import solver
from bench.planted import PLANTED, Planted
from bench.results import results_page
from superficial.config.distillation import AdamSettings, DistillationSettings
from superficial.distillation.objective import ResidualObjective
from superficial.distillation.residual import distil
from superficial.traces.shards import write_shards
from tests.support.simulated_gpu import simulated_gpu
from tests.support.tiny_models import head_only_pair


@pytest.fixture
def folder(tmp_path):
    """The traces of a pair, as a run called tiny has them."""
    pair, train, validation = head_only_pair()
    folder = tmp_path / "tiny" / "traces" / "small"
    for name, trace in (("train", train), ("validation", validation)):
        write_shards(folder / name, [trace])
    pair.write(folder / "weights.safetensors")
    return folder


def test_problems_are_prompts_drawn_several_times(folder):
    problems = solver.problems(folder, [50, 0], draws=2)
    assert [problem.name for problem in problems] == [
        "tiny small, 50 prompts, draw 1",
        "tiny small, 50 prompts, draw 2",
        "tiny small, all prompts",
    ]
    assert len(problems[0].train) < len(problems[2].train)


@pytest.mark.parametrize("top", [None, 3])
def test_its_adam_is_that_of_the_library(folder, top):
    problem = solver.problems(folder, [0], draws=1)[0]
    settings = AdamSettings(learning_rate=1e-2, epsilon=solver.EPSILON, epochs=20, batch_size=solver.BATCH)
    expected = distil(
        problem.pair, problem.train, problem.validation, DistillationSettings(adam=settings, teacher_top=top)
    )
    run = solver.adam(problem, 1e-2, 20, top)
    assert run.kl == pytest.approx(expected.kept_kl, rel=1e-4)
    assert run.epoch == expected.validation_kl.index(expected.kept_kl)
    assert 0 < run.seconds <= run.seconds_of_the_run


def test_adam_stops_when_its_validation_kl_no_longer_falls(folder, monkeypatch):
    monkeypatch.setattr(solver, "LEAST_PATIENCE", 2)
    measured = []
    mean_kl = ResidualObjective.mean_kl

    def counted(objective, student):
        measured.append(mean_kl(objective, student))
        return measured[-1]

    monkeypatch.setattr(ResidualObjective, "mean_kl", counted)
    # A rate far too large only makes it worse.
    run = solver.adam(solver.problems(folder, [0], draws=1)[0], 100.0, 50)
    assert (run.epoch, len(measured)) == (0, 3)


@pytest.mark.parametrize("large_vocabulary", [10000, 10])
def test_each_problem_is_added_to_the_record_and_measured_anew(folder, tmp_path, monkeypatch, large_vocabulary):
    monkeypatch.setattr(solver, "EPOCHS", 20)
    monkeypatch.setattr(solver, "LARGE_VOCABULARY", large_vocabulary)
    monkeypatch.setattr(solver, "SEARCHED_TOP", 1)
    monkeypatch.setitem(PLANTED, "independent heads", Planted(40, 8, 20, 5, independent_heads=True))
    record = tmp_path / "solver.json"

    def run(*options):
        arguments = ["--rates", "0.01", "0.0001", "--rounds", "1", "--out", str(record), *options]
        monkeypatch.setattr(sys, "argv", ["solver", *arguments])
        solver.main()
        return json.loads(record.read_text())

    run("--planted", "independent heads")
    run("--traces", str(folder), "--prompts", "0")
    rows = run("--planted", "independent heads")
    assert [row["problem"] for row in rows] == ["tiny small, all prompts", "independent heads"]
    assert rows[0]["adam_rate"] == 0.01 and 1 <= rows[0]["adam_epoch"] <= 20
    assert [run["rate"] for run in rows[0]["search"]] == [0.01, 0.0001]
    assert (rows[0]["searched_rows"] < 48) == (large_vocabulary == 10)
    for row in rows:
        assert row["validation_kl_ours"] < row["validation_kl_adam"] < row["validation_kl_before"]
        assert f"{row['validation_kl_ours']:.5f} / {row['validation_kl_adam']:.5f}" in results_page(tmp_path)
    rows[1]["machine"] = "another processor"
    record.write_text(json.dumps(rows))
    shown = [line for line in results_page(tmp_path).splitlines() if line.startswith(("| tiny small", "| independent"))]
    assert [row["machine"] in line for row, line in zip(rows, shown, strict=True)] == [True, True]


def test_on_a_gpu_adam_searches_all_rows_of_a_large_vocabulary(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(solver, "EPOCHS", 5)
    monkeypatch.setattr(solver, "LARGE_VOCABULARY", 10)
    monkeypatch.setattr(solver, "SEARCHED_TOP", 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a card")
    monkeypatch.setitem(PLANTED, "independent heads", Planted(40, 8, 20, 5, independent_heads=True))
    arguments = ["--rates", "0.01", "--rounds", "1", "--traces", str(folder), "--prompts", "0"]
    arguments += ["--planted", "independent heads"]
    records = [tmp_path / name for name in ("solver.json", "solver_gpu.json")]
    with monkeypatch.context() as patches, simulated_gpu(patches, gigabytes=80):
        monkeypatch.setattr(sys, "argv", ["solver", *arguments, "--device", "cuda", "--out", str(records[1])])
        solver.main()
    monkeypatch.setattr(sys, "argv", ["solver", *arguments, "--out", str(records[0])])
    solver.main()
    on_cpu, on_gpu = (json.loads(record.read_text()) for record in records)
    assert [row["searched_rows"] for row in on_gpu] == [40, 48]
    for cpu, gpu in zip(on_cpu, on_gpu, strict=True):
        assert gpu["machine"].startswith("a card")
        # The KL of a head that is recovered exactly is rounding alone.
        assert gpu["validation_kl_ours"] == pytest.approx(cpu["validation_kl_ours"], rel=1e-3, abs=1e-6)
    page = results_page(tmp_path)
    assert "## The same on a GPU" in page and "a card" in page


# Rounding can make the lowest KL negative, where a head is recovered exactly.
@pytest.mark.parametrize("lowest", [0.09, -1e-9])
def test_the_best_adam_is_the_fastest_of_those_as_good(folder, monkeypatch, lowest):
    runs = {1e-2: (0.1, 5.0), 1e-3: (lowest + 0.001 * abs(lowest), 20.0), 1e-4: (lowest, 90.0)}

    def adam(problem, rate, epochs, top):
        kl, seconds = runs[rate]
        return solver.Adam(rate, kl, 7, seconds, 2 * seconds)

    monkeypatch.setattr(solver, "adam", adam)
    row = solver.measure(solver.problems(folder, [0], draws=1)[0], list(runs), epochs=9, rounds=1)
    assert (row.adam_rate, row.adam_seconds, row.validation_kl_adam, row.search_seconds) == (1e-3, 20.0, lowest, 230.0)


@pytest.mark.parametrize("independent", [False, True])
def test_a_planted_pair_has_its_sizes_and_something_to_learn(independent):
    planted = Planted(300, 16, 10, 5, independent)
    pair, train, validation = planted.make()
    assert pair.base.weight.shape == pair.aligned.weight.shape == (300, 16)
    assert (len(train), len(validation)) == (200, 100) and train.prompt.max() < validation.prompt.min()
    assert not (train.base_hidden == train.aligned_hidden)[:, 1:].any()
    change = (pair.base.weight - pair.aligned.weight)[:, 1:].norm() / pair.base.weight[:, 1:].norm()
    assert (change > 1) == independent
    assert torch.equal(planted.make()[1].base_hidden[:], train.base_hidden[:])
