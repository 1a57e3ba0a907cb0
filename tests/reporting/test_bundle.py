"""A bundle gives back every table, figure and claim without torch; what is damaged or strange in one is refused."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from repro.engine.paths import ROOT
from superficial.reporting.bundle import read_bundle
from tests.support.commands import invoke, result_files

GENERATED = ROOT / "paper" / "generated"


@pytest.fixture(scope="module")
def bundle(run, tmp_path_factory):
    file = tmp_path_factory.mktemp("bundle") / "smoke.zip"
    code, _, error = invoke(run[0], "bundle", "--profile", "smoke", "--out", str(file))
    assert code == 0, error
    return file


def test_a_bundle_is_replayed_byte_for_byte_without_torch(run, bundle, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('there is no torch here')")
    paths = os.pathsep.join([str(tmp_path), str(ROOT / "src")])
    command = [str(Path(sys.executable).with_name("invoke")), "reproduce-all", "--from", str(bundle)]
    environment = os.environ | {"PYTHONPATH": paths, "SUPERFICIAL_RESULTS": str(tmp_path / "results")}
    replay = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert replay.returncode == 0, replay.stderr
    assert "C11" in replay.stdout
    assert result_files(tmp_path / "results" / "smoke-replayed") == result_files(run[0] / "smoke")


def test_the_committed_run_gives_the_committed_tables_figures_and_verdicts(tmp_path):
    file = ROOT / "paper" / "lab.zip"
    assert file.stat().st_size < 5e6
    code, _, error = invoke(tmp_path, "reproduce-all", "--from", str(file))
    assert code == 0, error
    replayed = {path.name: path for path in (tmp_path / "lab-replayed").glob("*/*.csv")}
    committed = [*GENERATED.glob("*.csv"), *(ROOT / "figures").glob("*.csv")]
    assert sorted(replayed) == sorted(path.name for path in committed)
    for path in committed:
        # On another machine the last digits may be others.
        pd.testing.assert_frame_equal(pd.read_csv(replayed[path.name]), pd.read_csv(path), rtol=1e-9)
    told = [json.loads(f.read_text()) for f in (tmp_path / "lab-replayed" / "claims.json", GENERATED / "claims.json")]
    assert [claim["verdict"] for claim in told[0]] == [claim["verdict"] for claim in told[1]]


def changed(bundle: Path, file: Path, change) -> Path:
    """Write a bundle whose entries `change` maps to others: (name, content) to a list of such pairs."""
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            for other, content in change(name, old.read(name)):
                new.writestr(other, content)
    return file


SCORES = "scores/Small/gsm.parquet"
JUDGED = "score superficial.lab.oracle.judge"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda n, c: [(n, c[:-1] + b"x" if n == SCORES else c)], f"{SCORES} is not what {JUDGED} wrote"),
        (lambda n, c: [(n.replace("Small/gsm", "Small/capitals"), c)] if n == SCORES else [(n, c)], "is not what"),
        (lambda n, c: [(n, c), ("setup.py", b"")] if n == SCORES else [(n, c)], "it has an entry 'setup.py'"),
        (lambda n, c: [(n, c), (f"../{n}", c)] if n == SCORES else [(n, c)], "leaves the folder"),
        (
            lambda n, c: [] if n == "bundle.json" else [(n, c)],
            "is a bundle of format 1, and this version reads format 2",
        ),
        (
            lambda n, c: [(n, b'{"format": 9}' if n == "bundle.json" else c)],
            "is a bundle of format 9, and this version",
        ),
        (lambda n, c: [(n, b"[]" if n == "bundle.json" else c)], "cannot be read as a bundle"),
        (lambda n, c: [] if n == "profile.json" else [(n, c)], "it has no profile.json"),
        (lambda n, c: [(n, b"{}" if n == "profile.json" else c)], r"its profile is wrong \(name: Field required\)"),
    ],
)
def test_what_is_damaged_swapped_or_strange_is_refused(bundle, tmp_path, change, said):
    file = changed(bundle, tmp_path / "bad.zip", change)
    with pytest.raises(ValueError, match=said):
        read_bundle(file, tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_what_is_no_zip_file_is_refused(tmp_path):
    (tmp_path / "bad.zip").write_text(json.dumps({}))
    with pytest.raises(ValueError, match="cannot be read as a bundle"):
        read_bundle(tmp_path / "bad.zip", tmp_path / "results")
    with pytest.raises(ValueError, match="cannot be read as a bundle"):
        read_bundle(tmp_path / "missing.zip", tmp_path / "results")
