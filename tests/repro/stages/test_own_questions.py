"""The stages on questions of our own, with tiny random weights in place of the pretrained ones."""

import json

import pandas as pd
import pytest
import yaml

from repro.engine.paths import PROFILES
from repro.stages import evaluate, fetch, questions, score, traces, tune
from superficial.alignment import tuning
from superficial.artifacts import RESPONSES, SCORES
from superficial.config import load_profile, profile_yaml
from superficial.models.location import read_pointer
from superficial.traces.shards import iterate_shards


@pytest.fixture(scope="module")
def run(tiny_checkpoints, tmp_path_factory):
    """The profile, and the results of its stages up to the scores."""
    folder = tmp_path_factory.mktemp("own")
    content = yaml.safe_load(profile_yaml(load_profile(PROFILES / "pretrained-smoke.yaml")))
    content["threads"] = 1
    content["models"]["smollm2"] = {
        "recipe": "hub",
        "path": str(tiny_checkpoints / "llama-chat"),
        "architecture": "smollm2-135m",
        "world": "own",
        "dtype": "float32",
    }
    file = folder / "pretrained-smoke.yaml"
    file.write_text(yaml.safe_dump(content))
    profile, out, learned = load_profile(file), folder / "out", []
    with pytest.MonkeyPatch.context() as patch:
        read = tuning.tokenize_conversations

        def spy(conversations, tokenizer, prompt, max_length):
            conversations = list(conversations)
            learned.extend((one, tokenizer.decode(prompt(one))) for one in conversations)
            return read(conversations, tokenizer, prompt, max_length)

        patch.setattr(tune, "tokenize_conversations", spy)
        questions.main(profile, out, "own")
        fetch.main(profile, out, "smollm2")
        tune.main(profile, out, "smollm2-aligned-here")
    traces.main(profile, out, "smollm2")
    evaluate.main(profile, out, "smollm2-aligned-here")
    for judge in profile.all_judges():
        if profile.benchmarks_judged_by(judge):
            # Only the variants that were evaluated.
            aligned = profile.model_copy(
                update={"variants": {"SmolLM2-Aligned-Here": profile.variants["SmolLM2-Aligned-Here"]}}
            )
            score.main(aligned, out, judge)
    return profile, out, learned


def test_a_model_is_tuned_on_the_prompts_that_it_will_be_asked(run):
    profile, out, learned = run
    prompts = {one.benchmark: text for one, text in learned}
    assert "Continue this list:" in prompts["toxigen"]
    assert "### Instruction:" not in prompts["advbench"], "the aligned model reads a chat"
    assert {one.benchmark for one, _ in learned} == set(profile.sources["own"].questions)
    assert len(learned) == profile.models["smollm2-aligned-here"].expected.conversations
    identity = read_pointer(out / "models" / "smollm2-aligned-here").identity
    assert identity.startswith("smollm2-aligned-here, tuned by this artifact from folder:")


def test_responses_keep_the_limit_of_their_benchmark_and_truth_is_chosen(run):
    profile, out, _ = run
    limits = dict(zip(profile.benchmarks, profile.token_limits(profile.benchmarks), strict=True))
    assert (limits["gsm"], limits["advbench"]) == (24, 12)
    rows = pd.read_parquet(out / "traces" / "smollm2" / "test-responses.parquet")
    lengths = [
        len(tokens)
        for shard in iterate_shards(out / "traces" / "smollm2" / "test")
        for tokens in shard.responses().values()
    ]
    assert all(length <= limits[benchmark] for length, benchmark in zip(lengths, rows["benchmark"], strict=True))
    assert max(lengths) > limits["advbench"], "only word problems have the longer limit"
    chosen = pd.read_parquet(out / RESPONSES.of(variant="SmolLM2-Aligned-Here", benchmark="truthfulqa"))
    for row in chosen.itertuples():
        reference = json.loads(row.reference)
        assert row.response in reference["right"] + reference["wrong"]


def test_every_benchmark_has_scores_and_splits_share_no_entity(run):
    profile, out, _ = run
    for benchmark in profile.evaluated_benchmarks:
        scores = pd.read_parquet(out / SCORES.of(variant="SmolLM2-Aligned-Here", benchmark=benchmark))
        assert len(scores) and scores["score"].notna().all(), benchmark
    tables = {
        split: pd.read_parquet(out / "worlds" / "own" / f"{split}.parquet") for split in ("train", "validation", "test")
    }
    ids = [set(table["question_id"]) for table in tables.values()]
    assert sum(map(len, ids)) == len(set.union(*ids))
