"""Why a step failed, by its log: which disk is full, or that it was killed."""

import subprocess

import pytest

from repro.engine.failures import explain_failure, noting_a_kill

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


@pytest.mark.parametrize("output", ["Loading weights: 100%\n", "\rLoading weights:  40%|####      | 4/10", ""])
@pytest.mark.parametrize(
    ("end", "status", "killed"),
    [("kill -9 $BASHPID", 137, True), ("exit 1", 1, False), ("echo Killed 3 of 4 rows; exit 1", 1, False)],
)
def test_a_killed_step_is_told_from_one_that_failed_after_the_same_output(tmp_path, output, end, status, killed):
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "workflow.log").write_text("Error in rule lens-deep:\n    log: logs/lens-deep.log\n")
    command = f"( printf '%s' '{output}'; {end} ) > logs/lens-deep.log 2>&1"
    shell = ["bash", "-euo", "pipefail", "-c", noting_a_kill(command, "logs/lens-deep.log")]
    assert subprocess.run(shell, cwd=tmp_path, check=False).returncode == status
    sentence = explain_failure(tmp_path)
    assert sentence.startswith("lens-deep failed: ")
    assert ("it ran out of memory or was killed" in sentence) == (killed or not (logs / "lens-deep.log").read_text())


def test_a_command_that_succeeds_notes_nothing(tmp_path):
    subprocess.run(["bash", "-c", noting_a_kill("echo fine > log", "log")], cwd=tmp_path, check=True)
    assert (tmp_path / "log").read_text() == "fine\n"
