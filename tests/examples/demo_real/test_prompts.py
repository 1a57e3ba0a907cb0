"""The prompts of the demo are different in every split, and the harmful ones come from the user's file."""

import pytest
from invoke import Context, Exit

import tasks
from examples.demo_real.prompts import make_prompts
from examples.demo_real.tasks import TASKS
from repro.engine.paths import ROOT

HARMFUL, BENIGN = (4, 2, 6), (6, 3, 5)


def test_no_prompt_and_no_benign_task_is_in_two_splits(advbench):
    by_split = make_prompts(advbench, HARMFUL, BENIGN)
    prompts = [prompt for part in by_split.values() for prompt in part.all]
    assert len(set(prompts)) == len(prompts) == sum(HARMFUL) + sum(BENIGN)
    tasks = [task for split in TASKS.values() for task in split]
    assert len(set(tasks)) == len(tasks)
    assert {split: (len(part.harmful), len(part.benign)) for split, part in by_split.items()} == dict(
        zip(("train", "validation", "test"), zip(HARMFUL, BENIGN, strict=True), strict=True)
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the demo needs your copy of AdvBench"),
        ("question\nx\n", "lacks the column 'goal'"),
        ("goal\nx\ny\n", "has 2 different goals; the demo needs 102"),
    ],
    ids=["absent", "without its column", "too short"],
)
def test_a_file_without_enough_requests_is_refused(tmp_path, monkeypatch, content, message):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    file = tmp_path / "advbench.csv"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(Exit) as refused:
        tasks.demo_real(Context(), advbench=str(file))
    assert refused.value.code == 2
    assert message in refused.value.message
    assert str(file) in refused.value.message


def test_advbench_is_not_part_of_the_repository():
    assert not [path for path in (ROOT / "repro").rglob("*advbench*.csv")]
