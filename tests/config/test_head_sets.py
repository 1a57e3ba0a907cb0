"""A profile asks for one head a benchmark in one line; every name of a joint head then stands for a set of heads."""

import pytest
import yaml

from repro.engine.paths import PROFILES
from superficial.config import Profile, load_profile

PAPER = PROFILES / "paper.yaml"
TRACED = ["gsm", "toxigen", "advbench", "truthfulqa"]


def changed_paper(tmp_path, **changes) -> Profile:
    for name in ("paper.yaml", "parts"):
        (tmp_path / name).symlink_to(PROFILES / name)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"extends": "paper", "name": "mine", **changes}))
    return load_profile(tmp_path / "mine.yaml")


def test_each_benchmark_is_answered_by_the_head_that_was_distilled_on_it():
    paper = load_profile(PAPER)
    for benchmark in TRACED:
        head = paper.head_for("13B+Superficial", benchmark)
        assert head == f"13b-{benchmark}"
        assert (paper.heads[head].pair, paper.benchmarks_distilled(head)) == ("13b", [benchmark])
    # Benchmarks that no head is distilled on, as the profile assigns them.
    assert paper.benchmarks_by_head("7B+Superficial") == {
        "7b-gsm": ["gsm"],
        "7b-toxigen": ["toxigen", "neutral"],
        "7b-advbench": ["advbench", "over_refusal"],
        "7b-truthfulqa": ["truthfulqa"],
    }
    assert paper.benchmarks_by_head("7B") == {None: paper.evaluated_benchmarks}
    assert paper.heads_in(paper.main_head) == [f"7b-{benchmark}" for benchmark in TRACED]
    assert paper.pair_of_head(paper.main_head) == "7b"


def test_heads_are_transferred_one_by_one():
    paper = load_profile(PAPER)
    assert paper.head_for("7B-Chat-Finetuned+Superficial-BB", "mmlu") == "bb-7b-on-attacked-advbench"
    assert paper.heads["bb-7b-on-attacked-gsm"].source_head == "bb-7b-on-13b-gsm"
    assert paper.heads["bb-7b-on-13b-gsm"].source_head == "bb-7b-gsm"
    assert paper.benchmarks_distilled("bb-7b-on-attacked-gsm") == ["gsm"]
    used = paper.heads_used_by("13B+Superficial-BB-7B")
    assert used == [f"bb-7b{on}-{benchmark}" for on in ("-on-13b", "") for benchmark in TRACED]
    # Figure 4 is of the head of ToxiGen, which is the same whether it is asked for by name or as one of four.
    assert paper.heads["bb-7b-toxigen"].benchmarks == ["toxigen"]


def test_one_line_of_a_profile_asks_for_one_joint_head(tmp_path):
    joint = changed_paper(tmp_path, one_head_per_benchmark=None)
    assert joint.head_sets == {}
    assert joint.benchmarks_by_head("7B+Superficial") == {"7b": joint.evaluated_benchmarks}
    assert joint.benchmarks_distilled("7b") == TRACED


def test_controls_keep_their_heads(tmp_path):
    (tmp_path / "central.yaml").symlink_to(PROFILES / "central.yaml")
    changes = {"view": None, "one_head_per_benchmark": {"mmlu": "gsm", "capitals": "gsm"}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"extends": "central", "name": "mine", **changes}))
    central = load_profile(tmp_path / "mine.yaml")
    assert {"control-same", "control-shuffled", "small-gsm"} <= set(central.heads)
    assert "control-same" not in central.head_sets


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"one_head_per_benchmark": {"over_refusal": "advbench", "neutral": "kindness"}},
            "names the benchmark 'kindness'; heads are distilled on advbench, gsm, toxigen, truthfulqa",
        ),
        (
            {"head_sets": {"mine": {"gsm": "7b-gsm"}}, "variants": {"7B+Superficial": {"head": "mine"}}},
            "variant 7B.Superficial is evaluated on toxigen, which no head of mine answers; they answer gsm",
        ),
        ({"head_sets": {"7b": {"gsm": "7c"}}}, "head set 7b names the head '7c'"),
        ({"head_sets": {"mine": {"gsm": "7b-gsm", "toxigen": "13b-toxigen"}}}, "mixes heads of the pairs 13b and 7b"),
        ({"head_sets": {"7b-gsm": {"gsm": "7b-gsm"}}}, "'7b-gsm' is the name of a head and of a set of heads"),
        (
            {"heads": {"mine": {"pair": "7b", "kind": "residual", "teacher": "aligned", "benchmarks": ["mmlu"]}}},
            "head mine names the benchmark 'mmlu'",
        ),
        (
            {"heads": {"mine": {"pair": "7b", "kind": "transferred", "source_head": "mine"}}},
            "head mine names the black-box head 'mine'",
        ),
    ],
)
def test_a_wrong_set_of_heads_is_refused_in_one_sentence(changes, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        changed_paper(tmp_path, **changes)
