"""Which positions are trained on and which validate."""

import pandas as pd
import pytest
import torch

from superficial.traces.shards import write_shards
from superficial.traces.splits import (
    of_benchmarks,
    read_split,
    sample_prompts,
    split_by_prompt,
    split_by_token,
    training_split,
)
from superficial.traces.trace import Trace


def trace_of(prompts: int, positions: int = 3) -> Trace:
    prompt = torch.arange(prompts).repeat_interleave(positions)
    numbers = torch.arange(len(prompt))
    return Trace(prompt, numbers, numbers, numbers[:, None].float(), numbers[:, None].float())


def test_a_split_by_prompt_divides_no_prompt():
    trace = trace_of(20)
    train, validation = split_by_prompt(trace, 0.1, seed=3)
    assert sorted([*train.token.tolist(), *validation.token.tolist()]) == trace.token.tolist()
    assert len(validation.prompt.unique()) == 2
    assert not set(train.prompt.tolist()) & set(validation.prompt.tolist())
    assert len(split_by_prompt(trace_of(3), 0.1, seed=3)[1].prompt.unique()) == 1


def test_a_split_by_token_takes_the_last_twentieth_of_both_traces():
    train, validation = split_by_token(trace_of(19), trace_of(1))
    assert len(train) == 57 and len(validation) == 3
    assert validation.prompt.tolist() == [19, 19, 19]
    train, validation = split_by_token(trace_of(9, 4), trace_of(1, 4))
    assert validation.prompt.tolist() == train.prompt[-2:].tolist() == [9, 9], "a response may be on both sides"


def test_a_sample_has_so_many_whole_prompts_and_depends_on_the_seed():
    trace = trace_of(50)
    samples = [sample_prompts(trace, 10, seed) for seed in (0, 0, 1)]
    prompts = [sample.prompt.unique().tolist() for sample in samples]
    assert prompts[0] == prompts[1] != prompts[2]
    assert all(len(sample) == 30 for sample in samples)
    assert sample_prompts(trace, 50, 0).token.tolist() == trace.token.tolist()
    with pytest.raises(ValueError, match="The trace has 50 prompts; 51 cannot be drawn from it"):
        sample_prompts(trace, 51, 0)


def test_a_training_split_samples_before_it_splits():
    train, validation = trace_of(50), trace_of(4)
    unchanged = training_split(train, validation, None, "prompt", 0)
    assert unchanged == (train, validation)
    sampled, held_out = training_split(train, validation, 10, "token", 0)
    assert (len(sampled), len(held_out)) == (39, 3), "of 30 + 12 positions"


def test_the_positions_of_some_benchmarks_keep_the_numbers_of_their_prompts():
    trace = trace_of(4)
    part = of_benchmarks(trace, ["gsm", "toxigen", "gsm", "advbench"], ["gsm", "advbench"])
    assert part.prompt.tolist() == [0, 0, 0, 2, 2, 2, 3, 3, 3]
    assert part.token.tolist() == [0, 1, 2, *range(6, 12)]
    assert of_benchmarks(trace, ["gsm"] * 4, ["gsm", "toxigen"]) is trace
    with pytest.raises(ValueError, match="No traced prompt is of mmlu"):
        of_benchmarks(trace, ["gsm"] * 4, ["mmlu"])


def test_a_split_is_read_with_the_benchmarks_of_its_own_questions(tmp_path):
    for split, benchmarks in (("train", ["gsm", "toxigen", "gsm"]), ("test", ["toxigen", "gsm", "gsm"])):
        write_shards(tmp_path / split, [trace_of(3).select(torch.arange(9))])
        pd.DataFrame({"benchmark": benchmarks}).to_parquet(tmp_path / f"{split}-responses.parquet")
    assert read_split(tmp_path, "train", ["toxigen"]).token.tolist() == [3, 4, 5]
    assert read_split(tmp_path, "test", ["toxigen"]).token.tolist() == [0, 1, 2]
