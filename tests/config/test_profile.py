"""What follows from a profile: which models, heads and judges something depends on."""

from repro.engine.paths import PROFILES
from superficial.config import load_profile
from superficial.config.judges import FunctionJudge

LAB, PAPER = (load_profile(PROFILES / f"{name}.yaml") for name in ("lab", "paper"))


def test_the_first_pair_with_the_same_responses_is_an_earlier_one():
    assert LAB.pair_with_same_responses("small") is None
    assert LAB.pair_with_same_responses("large-on-small") == "small"
    assert LAB.pair_with_same_responses("small-in-chat") == "small"
    assert LAB.pair_with_same_responses("attacked") is None, "its prompts have a wrapper"
    assert LAB.pair_with_same_responses("simulated-attack") == "small", (
        "its wrapper is around the base's questions alone"
    )
    assert LAB.pair_with_same_responses("large-on-own") is None, "its base responds"


def test_a_variant_uses_its_heads_and_every_model_behind_them():
    assert PAPER.heads_used_by("7B") == []
    # One head a benchmark, and of each the heads that it is transferred from.
    assert PAPER.heads_used_by("7B-Chat-Finetuned+Superficial-BB") == [
        f"{head}-{benchmark}"
        for head in ("bb-7b-on-attacked", "bb-7b-on-13b", "bb-7b")
        for benchmark in ("gsm", "toxigen", "advbench", "truthfulqa")
    ]
    assert PAPER.models_used_by("7B+LIMA") == {"llama-7b-lima", "llama-7b"}
    assert PAPER.models_used_by("13B+Superficial-BB-7B") == {
        *("llama-13b", "llama-13b-chat"),
        *("llama-7b", "llama-7b-chat"),
    }


def test_a_head_of_several_pairs_needs_their_models_and_the_heads_that_wrote_their_responses():
    assert LAB.heads_used_by("Large+Superficial-BB-Several") == ["small-bb-several", "small-bb-on-large", "small-bb"]
    assert LAB.models_used_by("Small-Chat-Attacked+Superficial-BB-Several") == {
        *("small-attacked", "small-attacked-simulated", "small", "small-chat", "large", "large-chat"),
    }


def test_a_variant_is_evaluated_on_its_own_benchmarks_or_the_profiles():
    assert LAB.benchmarks_of("Control-Marks") == ["marks"]
    assert LAB.benchmarks_of("Small") == LAB.evaluated_benchmarks


def test_a_model_has_the_world_of_the_model_it_starts_from():
    assert LAB.world_of("small-attacked") == "main"
    assert LAB.world_of("mistral-curated") == "mistral"


def test_judges_are_known_by_names_that_may_be_file_names():
    oracle, keyword = "superficial.lab.oracle.judge", "superficial.judges.keyword.judge_harm"
    assert LAB.all_judges()[oracle] == FunctionJudge(kind="function", function="superficial.lab.oracle:judge")
    assert LAB.benchmarks_judged_by(oracle) == list(LAB.benchmarks)
    assert LAB.benchmarks_second_judged_by(keyword) == ["advbench"]
    assert LAB.judge_identities_of("advbench") == [
        "superficial.lab.oracle:judge",
        "superficial.judges.keyword:judge_harm",
    ]
    assert PAPER.judge_identities()["toxigen"] == "tomh/toxigen_roberta@0e65216a5"
    assert PAPER.benchmarks_judged_by("harm") == ["advbench"]
