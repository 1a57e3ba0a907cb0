"""Rehearses profile paper on this machine, from an empty cache to claims, with the commands that a user types.

A stand-in hub has all repositories that the profile names, at toy size; a judge runs on loopback. Files, protocols and
code are those of the real run. The numbers mean nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlparse

from repro.engine.checks import check_machine, prepare
from repro.engine.paths import ROOT, results_folder
from repro.engine.rehearsal.hub import StandInHub, serving, settings_of
from repro.engine.rehearsal.judge import KEY, judge_on_loopback
from repro.engine.rehearsal.published import publish, published
from superficial.config.judges import EndpointJudge

PROFILE = "rehearsal"
# Of the stand-in hub; the profile has addresses on it.
PORT = 18462


def rehearse(jobs: int) -> int:
    """Write the repositories, download them from the stand-in hub, and run the whole workflow without a hub.

    Args:
        jobs: how many steps run at a time.

    Returns:
        The exit status of the command that failed, or 0.
    """
    profile = prepare(PROFILE, jobs)
    check_machine(profile)
    judge = profile.judges["harm"]
    assert isinstance(judge, EndpointJudge), "the rehearsal's harm judge is an endpoint"
    inputs = results_folder(PROFILE) / "inputs"
    if not (inputs / "finished").is_file():
        publish(inputs)
        (inputs / "finished").touch()
    # The judge's port is also the lock of the rehearsals of this machine.
    with judge_on_loopback(int(urlparse(judge.base_url).port or 0)):
        hub = StandInHub(published(inputs), inputs / "addresses", PORT)
        settings = settings_of(hub.address, inputs / "cache") | {judge.key_variable: KEY}
        with serving(hub):
            failed = _invoke(settings, "fetch", "--profile", PROFILE)
        # What was downloaded is enough.
        return failed or _invoke(settings, "reproduce-all", "--profile", PROFILE, "--jobs", str(jobs))


def _invoke(settings: dict[str, str], *arguments: str) -> int:
    """Run an Invoke task; what it prints is printed."""
    command = [str(Path(sys.executable).with_name("invoke")), *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=False).returncode
