"""Why a step failed, by its log: which disk is full, or that it was killed."""

import pytest

from repro.engine.failures import explain_failure

RESULTS = "the disk of {} is full. Free some space, then rerun the same command"
DOWNLOADS = "a/b: The disk of /cache/hub is full; free some space there, or set HF_HOME to a larger disk. Then rerun"


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", RESULTS),
        (
            "ValueError: a/b: The disk of /cache/hub is full; free some space there, or set HF_HOME to a larger disk.",
            DOWNLOADS,
        ),
    ],
)
def test_a_full_disk_of_downloads_is_not_told_as_one_of_results(tmp_path, last, sentence):
    (tmp_path / "logs").mkdir()
    log = f"OSError: [Errno 28] No space left on device\n\nThe above exception was the direct cause\n\n{last}\n"
    (tmp_path / "logs" / "fetch-a.log").write_text(log)
    (tmp_path / "logs" / "workflow.log").write_text("Error in rule fetch-a:\n    log: logs/fetch-a.log\n")
    assert explain_failure(tmp_path).startswith(f"fetch-a failed: {sentence.format(tmp_path)}")


@pytest.mark.parametrize(("end", "killed"), [("Killed\n", True), ("", False), ("Killed 3 of 4 rows\n", False)])
def test_a_killed_step_is_told_from_one_that_failed_after_the_same_output(tmp_path, end, killed):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "lens-deep.log").write_text(f"Loading weights: 100%\n{end}")
    (tmp_path / "logs" / "workflow.log").write_text("Error in rule lens-deep:\n    log: logs/lens-deep.log\n")
    sentence = explain_failure(tmp_path)
    assert sentence.startswith("lens-deep failed: ") and ("it ran out of memory or was killed" in sentence) == killed
