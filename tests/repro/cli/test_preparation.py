"""The tasks for the time before a run."""

from invoke import Context

import tasks
from repro.engine.paths import profile_file
from superficial.config import load_profile


def test_profile_prints_what_loads_again(tmp_path, capsys):
    tasks.profile(Context(), "smoke")
    (tmp_path / "smoke.yaml").write_text(capsys.readouterr().out)
    assert load_profile(tmp_path / "smoke.yaml") == load_profile(profile_file("smoke"))
