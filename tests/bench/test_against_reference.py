"""The comparison with the paper's own procedure, on tiny models: both sides agree, and their times are recorded."""

import pytest
import torch

from bench import against_reference, reference
from bench.workloads import Workload
from superficial.distillation.heads import DEFAULT_RESIDUAL_SETTINGS
from superficial.heads.merging import merge
from tests.support.tiny_models import END_TOKEN, random_prompts, tiny_llama


@pytest.fixture
def workload():
    base, aligned = tiny_llama(0), tiny_llama(0)
    torch.manual_seed(5)
    merge(aligned, 0.3 * torch.randn_like(aligned.lm_head.weight))
    prompts = random_prompts(2, 24)
    return Workload("tiny", base, aligned, prompts, prompts, END_TOKEN, max_new_tokens=5, distilled=20)


def test_rounds_share_out_the_prompts(workload):
    rounds = workload.rounds(5)
    assert sorted(prompt for part in rounds for prompt in part.base_prompts) == sorted(workload.base_prompts)
    assert [len(part.aligned_prompts) for part in rounds] == [5, 5, 5, 5, 4]


@pytest.mark.parametrize("comparison", [against_reference.extraction, against_reference.evaluation])
def test_both_sides_agree_and_their_times_are_recorded(workload, comparison):
    record = comparison(workload)
    assert record["models"] == "tiny"
    assert record["ratio"] == record["reference_seconds"] / record["ours_seconds"]
    assert record["ours_spread"][0] <= record["ours_seconds"] <= record["ours_spread"][1]


def test_a_wrong_response_of_the_library_is_not_timed(workload, monkeypatch):
    generate = against_reference.generate

    def wrong(*arguments, **options):
        return [[token + 1 for token in response] for response in generate(*arguments, **options)]

    monkeypatch.setattr(against_reference, "generate", wrong)
    for comparison in (against_reference.extraction, against_reference.evaluation):
        with pytest.raises(AssertionError, match="tiny: the responses differ"):
            comparison(workload)


def test_distillation_records_the_validation_kl_of_both_sides(workload, monkeypatch):
    monkeypatch.setattr(reference, "EPOCHS", 5)
    record = against_reference.distillation(workload, DEFAULT_RESIDUAL_SETTINGS, seed=0)
    assert record["validation_kl_ours"] < record["validation_kl_before"]
    # Five epochs with the paper's learning rate learn little.
    assert record["validation_kl_ours"] < record["validation_kl_reference"] <= record["validation_kl_reference_last"]
