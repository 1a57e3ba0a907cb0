"""The whole workflow at toy size, as a user runs it."""

import fcntl
import json
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from repro.engine import checks, paths
from repro.workflow import calls
from superficial.config import load_profile
from superficial.reporting import verify
from superficial.reporting.claims.registry import CLAIMS
from superficial.reporting.figures.registry import FIGURES, figure_names
from superficial.reporting.provenance import Records
from superficial.reporting.tables.registry import TABLES, table_names
from tests.support.commands import invoke, invoke_here, result_files
from tests.support.reports import assert_everything_is_reported

EXPECTED = paths.EXPECTED / "smoke"
SMOKE = load_profile(paths.profile_file("smoke"))


def test_every_stage_runs_and_every_table_figure_and_claim_is_made(run):
    folder = run[0] / "smoke"
    lab_stages = {call.stage.name for call in calls(load_profile(paths.profile_file("lab")))}
    # A model that is grafted before it is evaluated is in profile smoke alone.
    assert {record.stage for record in Records(folder).all} == lab_stages | {"graft"}
    assert figure_names(SMOKE) == list(FIGURES)
    assert set(TABLES) < set(table_names(SMOKE))
    assert_everything_is_reported(folder, SMOKE)


def test_every_question_has_a_score(run):
    folder = run[0] / "smoke"
    for variant in SMOKE.variants:
        for benchmark in SMOKE.benchmarks_of(variant):
            rows = pd.read_parquet(folder / "scores" / variant / f"{benchmark}.parquet")
            assert rows["question_id"].is_unique
            assert rows["score"].notna().all()


def test_a_run_ends_with_the_claims_and_their_numbers(run):
    results, out = run
    claims = json.loads((results / "smoke" / "claims.json").read_text())
    assert [claim["id"] for claim in claims] == list(CLAIMS)
    verdicts = {"reproduced", "not reproduced", "inconclusive", "not run"}
    for claim in claims:
        assert claim["verdict"] in verdicts
        assert set(claim["interval"]) == set(claim["measured"])
        assert claim["id"] in out
    shares = re.search(r"minutes of work, .*: (.*)\.$", out, flags=re.MULTILINE)[1]
    assert sum(int(share) for share in re.findall(r"(\d+)%", shares)) == pytest.approx(100, abs=6)


def test_worlds_and_numbers_are_the_committed_ones(run, monkeypatch, capsys):
    """Worlds to the last token id everywhere; numbers to the last digit here, or by their intervals elsewhere."""
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(run[0]))
    code = invoke_here("verify", "--profile", "smoke")
    out, error = capsys.readouterr()
    assert code == 0, out + error
    assert ("compared exactly" in out) == verify.is_same_machine(EXPECTED)


def test_progress_is_printed_in_lines(run):
    """How many lines depends on the machine's speed; tests/repro/engine/test_progress.py sets the clock."""
    lines = [line for line in run[1].splitlines() if "training small:" in line]
    assert lines[-1].endswith("training small: done")


def test_the_control_without_alignment_has_no_shift_tokens(run):
    positions = pd.read_parquet(run[0] / "smoke" / "measures" / "control-same.parquet")
    assert (positions["target_rank"] == 1).all()
    assert positions["kl_base"].abs().max() < 1e-5


def test_a_second_run_has_nothing_to_do(run, monkeypatch, capsys):
    results, _ = run
    before = result_files(results / "smoke")
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(results))
    assert invoke_here("reproduce-all", "--profile", "smoke", "--dry-run") == 0
    assert capsys.readouterr().out.strip() == "nothing to do"
    code, out, _ = invoke(results, "reproduce-all", "--profile", "smoke")
    assert code == 0
    assert "training" not in out
    assert result_files(results / "smoke") == before


def test_single_results_are_recomputed_without_a_run(run, monkeypatch, capsys):
    results, _ = run
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(results))
    (results / "smoke" / "figures" / "fig2-kl-by-position.pdf").unlink()
    # In a process of its own: the figure is the same to the last byte.
    assert invoke(results, "figure", "kl-by-position", "--profile", "smoke")[0] == 0
    assert (results / "smoke" / "figures" / "fig2-kl-by-position.pdf").is_file()
    assert invoke_here("table", "1", "--profile", "smoke") == 0
    assert "Small+Superficial" in capsys.readouterr().out
    assert invoke_here("claim", "C2", "--profile", "smoke") == 0
    assert "counts as reproduced where" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("reproduce-all", "--profile", "bogus"), "There is no profile 'bogus'"),
        (("reproduce-all", "--jobs", "-2"), "--jobs has the value -2"),
        (("table", "77"), "There is no table 'table77'"),
        (("figure", "99"), "There is no figure '99'"),
        (("claim", "C99"), "There is no claim 'C99'"),
        (("claims",), "invoke reproduce-all"),
    ],
)
def test_a_users_error_is_reported_in_one_sentence(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    # A run that has only begun.
    (tmp_path / "lab").mkdir()
    assert invoke_here(*arguments) == 2
    assert message in capsys.readouterr().err


def test_a_users_error_ends_a_process_without_a_traceback(tmp_path):
    (tmp_path / "lab").mkdir()
    code, _, error = invoke(tmp_path, "claim", "C99")
    assert code == 2
    assert "There is no claim 'C99'" in error
    assert "Traceback" not in error


def test_a_second_run_in_the_same_folder_is_refused(tmp_path):
    (tmp_path / "smoke").mkdir()
    with (tmp_path / "smoke" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, _, error = invoke(tmp_path, "reproduce-all", "--profile", "smoke")
    assert code == 2
    assert "already running" in error


def test_an_unwritable_results_folder_and_a_full_disk_are_refused(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path / "file"))
    with pytest.raises(ValueError, match="cannot be written"):
        checks.prepare("smoke", 1)
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(ValueError, match=r"needs 0\.5 GB for results on the disk of .*, where 0\.0 GB are free"):
        checks.check_machine(checks.prepare("smoke", 1))


def test_reporting_does_not_import_torch():
    modules = ("tables.registry", "figures.registry", "claims.registry", "show", "results", "page.build", "bundle")
    code = (
        "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(f'superficial.reporting.{name}')"
    )
    code += "\n    assert 'torch' not in sys.modules, name"
    done = subprocess.run([sys.executable, "-c", code, *modules], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
