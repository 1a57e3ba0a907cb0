"""Which disk is full, by the log of a step that failed."""

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
