"""A run is replayed from its bundle, as a user does it."""

import os
import subprocess
import sys
from pathlib import Path

from repro.engine.paths import ROOT
from tests.support.commands import invoke_here, result_files


def test_a_run_is_replayed_byte_for_byte_without_torch(run, tmp_path, monkeypatch):
    file = tmp_path / "smoke.zip"
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(run[0]))
    assert invoke_here("bundle", "--profile", "smoke", "--out", str(file)) == 0
    (tmp_path / "torch.py").write_text("raise ImportError('there is no torch here')")
    paths = os.pathsep.join([str(tmp_path), str(ROOT / "src")])
    replayed = ["reproduce-all", "--from", str(file)]
    # Both tasks in one process, since it takes seconds to load what they need.
    command = [str(Path(sys.executable).with_name("invoke")), *replayed, "report", "--profile", "smoke-replayed"]
    environment = os.environ | {"PYTHONPATH": paths, "SUPERFICIAL_RESULTS": str(tmp_path / "results")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "C11" in done.stdout
    page = tmp_path / "results" / "smoke-replayed" / "report" / "index.html"
    assert done.stdout.endswith(f"\n{page}\n")
    assert 'id="viewer"' in page.read_text(encoding="utf-8")
    assert result_files(tmp_path / "results" / "smoke-replayed") == result_files(run[0] / "smoke")
