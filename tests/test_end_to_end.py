"""The whole pipeline at toy size, as a user starts it; bad input stops it before any work."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]


def invoke(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("invoke")), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_smoke_profile_fills_its_tables_and_does_nothing_twice():
    first = invoke("reproduce-all", "--profile", "smoke")
    assert first.returncode == 0, first.stderr
    tables = ROOT / "results" / "smoke" / "tables"
    before = {path.name: path.read_bytes() for path in tables.iterdir()}
    table = pd.read_csv(tables / "table1.csv")
    assert set(table["variant"]) == {"base", "aligned", "superficial"}
    assert table["value"].notna().all()
    assert (table["low"] <= table["value"] + 1e-6).all()
    assert (table["value"] <= table["high"] + 1e-6).all()
    kl = pd.read_csv(tables / "kl.csv")
    assert (kl["superficial"] < kl["base"]).all()
    second = invoke("reproduce-all", "--profile", "smoke")
    assert second.stdout.count("nothing to do") == 2
    assert {path.name: path.read_bytes() for path in tables.iterdir()} == before


def test_unknown_profile_is_one_sentence_and_a_failure():
    result = invoke("reproduce-all", "--profile", "bogus")
    assert result.returncode == 2
    assert "There is no profile 'bogus'" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("module", ["superficial.measures.recovery", "superficial.config"])
def test_reading_results_imports_no_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
