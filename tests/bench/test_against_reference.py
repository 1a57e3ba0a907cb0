"""The comparison with the paper's own procedure, on tiny models: both sides agree, and their times are recorded."""

import os

import pytest
import torch

from bench import against_reference, reference
from bench.workloads import Workload
from superficial.distillation.heads import DEFAULT_RESIDUAL_SETTINGS
from superficial.heads.merging import merge
from superficial.models.generation import generate
from superficial.traces import tracing
from tests.support.tiny_models import END_TOKEN, random_prompts, tiny_llama


@pytest.fixture
def workload():
    base, aligned = tiny_llama(0), tiny_llama(0)
    torch.manual_seed(5)
    merge(aligned, 0.3 * torch.randn_like(aligned.lm_head.weight))
    prompts = random_prompts(2, 24)
    return Workload("tiny", base, aligned, prompts, prompts, END_TOKEN, max_new_tokens=5)


def test_rounds_share_out_the_prompts(workload):
    rounds = workload.rounds(5)
    assert sorted(prompt for part in rounds for prompt in part.base_prompts) == sorted(workload.base_prompts)
    assert [len(part.aligned_prompts) for part in rounds] == [5, 5, 5, 5, 4]


def test_both_sides_agree_and_their_times_are_recorded(workload):
    delta = 0.1 * torch.randn(48, 32)
    for comparison in (against_reference.extraction(workload), against_reference.evaluation(workload, delta)):
        records = list(comparison)
        assert len(records) == 2
        for record in records:
            assert record["models"] == "tiny"
            assert record["ratio"] == record["reference_seconds"] / record["ours_seconds"]
            assert record["ours_spread"][0] <= record["ours_seconds"] <= record["ours_spread"][1]
            assert min(record["ours_wall_seconds"], record["reference_wall_seconds"]) > 0


def test_a_wrong_response_of_the_library_is_not_timed(workload, monkeypatch):
    def wrong(*arguments, **options):
        return [[token + 1 for token in response] for response in generate(*arguments, **options)]

    for module in (against_reference, tracing):
        monkeypatch.setattr(module, "generate", wrong)
    delta = torch.zeros(48, 32)
    for comparison in (against_reference.extraction(workload), against_reference.evaluation(workload, delta)):
        with pytest.raises(AssertionError, match="tiny: the responses differ"):
            list(comparison)


def test_on_all_cores_both_sides_agree_and_the_wall_counts(workload, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    record = against_reference.evaluation_on_all_cores(workload, 0.1 * torch.randn(48, 32))
    assert record["ratio"] == record["reference_wall_seconds"] / record["ours_wall_seconds"]
    assert record["questions"] == 72


def _wrong_share(number, share, shares):
    """Return a share of the library's answers with one token changed; other processes find this by its name."""
    answers = against_reference._share_of_library(number, share, shares)
    answers[2][0][0] += 1
    return answers


def test_a_wrong_response_on_all_cores_is_not_timed(workload, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(against_reference, "_share_of_library", _wrong_share)
    with pytest.raises(AssertionError, match="tiny: the responses differ"):
        against_reference.evaluation_on_all_cores(workload, torch.zeros(48, 32))


def test_distillation_records_the_validation_kl_of_both_sides(workload, monkeypatch):
    monkeypatch.setattr(reference, "EPOCHS", 5)
    record = against_reference.distillation(workload, DEFAULT_RESIDUAL_SETTINGS, seed=0)
    assert record["validation_kl_ours"] < record["validation_kl_before"]
    # Five epochs with the paper's learning rate learn little.
    assert record["validation_kl_ours"] < record["validation_kl_reference"] <= record["validation_kl_reference_last"]
    delta = torch.zeros(48, 32)
    everything = [*against_reference.extraction(workload), record, *against_reference.evaluation(workload, delta)]
    total = against_reference.end_to_end(workload, everything)
    own = {part["name"]: part["ours_seconds"] for part in everything}
    assert total["ours_seconds"] == 3 * own["extraction"] + own["distillation"] + 3 * own["evaluation"]
