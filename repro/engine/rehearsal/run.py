"""Rehearses profile paper on this machine: tiny random checkpoints, a few questions, a judge on loopback.

Everything uses the same files and protocols as the real run. Only the sizes differ, and the numbers mean nothing.
"""

from __future__ import annotations

import os
from urllib.parse import urlparse

from repro.engine.checks import check_machine, prepare
from repro.engine.paths import results_folder
from repro.engine.rehearsal.judge import KEY, judge_on_loopback
from repro.engine.rehearsal.questions import write_questions
from repro.engine.run import run
from superficial.config.judges import EndpointJudge

PROFILE = "rehearsal"


def rehearse(jobs: int) -> None:
    """Write the inputs of the rehearsal, start its judge, and run the whole workflow.

    Args:
        jobs: how many steps run at a time.

    Raises:
        ValueError: if a step fails.
    """
    from repro.engine.rehearsal.checkpoints import write_checkpoints

    profile = prepare(PROFILE, jobs)
    check_machine(profile)
    judge = profile.judges["harm"]
    assert isinstance(judge, EndpointJudge), "the rehearsal's harm judge is an endpoint"
    inputs = results_folder(PROFILE) / "inputs"
    finished = inputs / "finished"
    if not finished.is_file():
        write_questions(inputs / "data")
        write_checkpoints(inputs / "checkpoints", inputs / "data")
        finished.touch()
    os.environ[judge.key_variable] = KEY
    with judge_on_loopback(int(urlparse(judge.base_url).port or 0)):
        run(PROFILE, jobs)
