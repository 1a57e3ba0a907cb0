"""The stage that makes a lab world refuses a k that is larger than its vocabulary."""

import subprocess
import sys

import pytest
import yaml

from repro.engine.paths import ROOT


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"distillation": {"teacher_top": 9999}}, "'distillation.teacher_top' has the value 9999"),
        ({"black_box_distillation": {"k": [5, 9999]}}, "'black_box_distillation.k' has the value 9999"),
    ],
)
def test_a_k_larger_than_the_vocabulary_is_refused(tmp_path, change, message):
    profile = tmp_path / "bad.yaml"
    for name in ("central", "lab", "smoke"):
        (tmp_path / f"{name}.yaml").write_text((ROOT / "repro" / "profiles" / f"{name}.yaml").read_text())
    profile.write_text(yaml.safe_dump({"extends": "smoke", "name": "bad"} | change))
    arguments = ["world", str(profile), str(tmp_path / "out"), "--name", "main"]
    command = [sys.executable, "-m", "repro.engine.stage", *arguments]
    stage = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert stage.returncode
    assert message in stage.stderr.splitlines()[-1]
    assert "tokens" in stage.stderr.splitlines()[-1]
