"""The tasks for the time before a run."""

import pytest
from invoke import Context, Exit

import tasks
from repro.engine.paths import profile_file
from superficial.config import load_profile


def test_profile_prints_what_loads_again(tmp_path, capsys):
    tasks.profile(Context(), "smoke")
    (tmp_path / "smoke.yaml").write_text(capsys.readouterr().out)
    assert load_profile(tmp_path / "smoke.yaml") == load_profile(profile_file("smoke"))


def test_some_rows_are_saved_as_a_profile_that_loads(tmp_path, capsys, monkeypatch):
    files = {"paper": profile_file("paper"), "mine": tmp_path / "mine.yaml"}
    monkeypatch.setattr("repro.engine.paths.profile_file", files.__getitem__)
    tasks.profile(Context(), "paper", "Qwen, Qwen-Instruct,Qwen+Superficial", "mine")
    assert "invoke reproduce-all --profile mine" in capsys.readouterr().err
    saved = load_profile(tmp_path / "mine.yaml")
    assert (saved.name, list(saved.variants)) == ("mine", ["Qwen", "Qwen-Instruct", "Qwen+Superficial"])
    with pytest.raises(Exit, match="exists already; choose another name"):
        tasks.profile(Context(), "paper", "", "mine")
