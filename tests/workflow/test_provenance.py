"""Every stage call leaves a correct record, and a damaged file is refused before anything is read from it."""

import hashlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest

from repro.engine import paths
from repro.engine.paths import PAPER, ROOT
from superficial.config import load_profile
from superficial.reporting import verify
from superficial.reporting.article.publish import publish
from superficial.reporting.provenance import Records, find_damage
from superficial.reporting.results import Results
from superficial.reporting.tables.registry import make_table
from tests.support.commands import CANARIES, flip_a_bit, invoke, result_files

SMOKE = load_profile(paths.profile_file("smoke"))
# One call of the lab's judge scores all responses.
SCORING = "score superficial.lab.oracle.judge"


def results_in(folder: Path) -> Results:
    return Results(folder, SMOKE, PAPER)


def swap(first: Path, second: Path) -> None:
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


@pytest.fixture
def copy(run, tmp_path) -> Path:
    return shutil.copytree(run[0] / "smoke", tmp_path / "smoke")


def test_every_file_of_a_run_is_in_one_record_with_its_hash(run):
    folder = run[0] / "smoke"
    records = Records(folder).all
    outputs = [path for record in records for path in record.outputs]
    assert len(outputs) == len(set(outputs))
    not_recorded = ("logs", "progress", "provenance", ".snakemake", ".lock")
    files = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and p.name != ".snakemake_timestamp"]
    assert set(outputs) == {path.as_posix() for path in files if path.parts[0] not in not_recorded}
    for record in records:
        for path, digest in record.outputs.items():
            assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest
    assert list(find_damage(folder)) == []


def test_records_agree_with_snakemake(run):
    """Snakemake notes for every output the inputs of the call that wrote it."""
    folder = run[0] / "smoke"
    records = Records(folder).by_output
    compared = 0
    for metadata in (folder / ".snakemake" / "metadata").iterdir():
        record = records.get(urlsafe_b64decode(metadata.name).decode())
        if record:
            assert set(json.loads(metadata.read_text())["input"]) <= record.inputs.keys()
            compared += 1
    assert compared > len(Records(folder).all)


def test_a_record_describes_how_its_stage_ran(run):
    record = Records(run[0] / "smoke").by_output["models/small-chat/model.safetensors"]
    assert record.call == "train small-chat"
    assert record.profile_section["model"] == SMOKE.models["small-chat"].model_dump()
    assert record.seeds == {"model.training.seed": 1, "world.seed": 1}
    assert set(record.packages) >= {"python", "torch", "transformers", "numpy"}
    assert (record.device, record.threads, record.deterministic) == ("cpu", SMOKE.threads, True)
    assert "models/small/config.json" in record.inputs
    assert record.seconds > 0
    assert "repro.engine.stage train" in record.command


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: flip_a_bit(f / "scores/Small/gsm.parquet"), f"scores/Small/gsm.parquet is not what {SCORING} wrote"),
        (
            lambda f: swap(f / "scores/Small/gsm.parquet", f / "scores/Small/mmlu.parquet"),
            f"is not what {SCORING} wrote, its content has changed: `invoke reproduce-all` recreates it.",
        ),
        (
            lambda f: swap(f / "scores/Small/gsm.parquet", f / "scores/Small-Chat/toxigen.parquet"),
            f"scores/Small/gsm.parquet is not what {SCORING} wrote",
        ),
        (
            lambda f: (f / "provenance/score-superficial.lab.oracle.judge.json").unlink(),
            "No stage has recorded that it wrote",
        ),
        (lambda f: (f / "provenance/world-main.json").write_text("{"), "is not a record of a stage"),
    ],
)
def test_a_damaged_file_is_refused_before_it_is_read(copy, damage, message):
    make_table(results_in(copy), "table1")
    damage(copy)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        make_table(results_in(copy), "table1")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damaged", ["tables/table1.csv", "figures/fig2-kl-by-position.png", "claims.json"])
def test_a_damaged_file_is_not_published(copy, tmp_path, damaged):
    flip_a_bit(copy / damaged)
    with pytest.raises(ValueError, match=f"{re.escape(damaged)} is not what "):
        list(publish(results_in(copy), tmp_path / "drawn", tmp_path / "generated"))
    assert not (tmp_path / "drawn").exists()


def test_a_damaged_file_is_never_compared_or_recorded_as_expected(copy, tmp_path):
    verify.record(copy, tmp_path / "expected")
    assert verify.differences(copy, tmp_path / "expected", exact=True) == []
    flip_a_bit(copy / "tables/table1.csv")
    for compare in (
        lambda: verify.differences(copy, tmp_path / "expected", exact=True),
        lambda: verify.record(copy, tmp_path / "other"),
    ):
        with pytest.raises(ValueError, match=r"tables/table1\.csv is not what tables wrote"):
            compare()
    assert not (tmp_path / "other").exists()


@pytest.mark.slow
def test_damaged_files_are_made_again_and_all_others_are_kept(run, copy):
    swap(copy / "scores/Small/gsm.parquet", copy / "scores/Small+Superficial/gsm.parquet")
    # Snakemake does not know this file.
    flip_a_bit(copy / "models/control-head-only/config.json")
    (copy / "tables/table1.csv").write_text("")
    (copy / "provenance/figures.json").write_text('{"stage"')
    before = {record.call: record.started for record in Records(run[0] / "smoke").all}
    code, out, error = invoke(copy.parent, "reproduce-all", "--profile", "smoke", "--dry-run")
    assert code == 0, error
    assert (
        "models/control-head-only/config.json is not what train control-head-only wrote, it would be recreated" in out
    )
    code, out, error = invoke(copy.parent, "reproduce-all", "--profile", "smoke")
    assert code == 0, error + out
    assert f"scores/Small/gsm.parquet is not what {SCORING} wrote: it is recreated." in out
    assert result_files(copy) == result_files(run[0] / "smoke")
    assert (copy / "models/control-head-only/config.json").read_bytes() == (
        run[0] / "smoke" / "models/control-head-only/config.json"
    ).read_bytes()
    rerun = {record.call for record in Records(copy).all if record.started != before[record.call]}
    records = Records(run[0] / "smoke")
    damaged = {
        records.by_output[path].call for path in ("models/control-head-only/config.json", "scores/Small/gsm.parquet")
    }
    damaged |= {"tables", "figures"}
    dependent = set(damaged)
    for _ in records.all:
        dependent |= {record.call for record in records.all if writers(records, record.inputs) & dependent}
    assert damaged <= rerun <= dependent | {"crate"}
    assert rerun.isdisjoint({"world main", "train small", "train small-chat", "traces small", "distil small"})


def writers(records: Records, paths) -> set[str]:
    """The calls that wrote these files."""
    return {records.by_output[path].call for path in paths if path in records.by_output}


def test_a_stage_refuses_a_damaged_input(copy):
    flip_a_bit(copy / "measures" / "small.parquet")
    record = Records(copy).by_output["figures/fig2-kl-by-position.csv"]
    _, *words, results = shlex.split(record.command)
    assert results == "results/smoke"
    command = [sys.executable, *words, str(copy)]
    stage = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert stage.returncode
    assert "measures/small.parquet is not what distil small wrote" in stage.stderr.splitlines()[-1]


def test_no_secret_of_the_environment_is_written_anywhere(run):
    results, out = run
    texts = {"output": out.encode()}
    texts |= {str(path): path.read_bytes() for path in results.rglob("*") if path.is_file()}
    assert any("ro-crate-metadata" in name for name in texts)
    assert any("provenance" in name for name in texts)
    for name, content in texts.items():
        for secret in CANARIES.values():
            assert secret.encode() not in content, name
