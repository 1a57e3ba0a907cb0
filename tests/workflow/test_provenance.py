"""Every stage call leaves a true record; damage is found before a number is read; numbers can be traced back."""

import hashlib
import json
import re
import shlex
import shutil
import subprocess
from base64 import urlsafe_b64decode
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote

import pytest
import torch
import yaml
from jsonschema import Draft202012Validator
from rich.console import Console
from rocrate.rocrate import ROCrate

from repro.engine import paths
from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.reporting import verify
from superficial.reporting.article.publish import publish
from superficial.reporting.provenance import Records, find_damage
from superficial.reporting.results import Results
from superficial.reporting.tables.registry import make_table
from superficial.reporting.why import why
from tests.support.commands import CANARIES, invoke, result_files

SMOKE = load_profile(paths.profile_file("smoke"))
# The lab's judge scores all responses in one call.
JUDGED = "score superficial.lab.oracle.judge"


def results_of(folder: Path) -> Results:
    return Results(folder, SMOKE, ROOT / "paper")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap(one: Path, other: Path) -> None:
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)


@pytest.fixture
def copy(run, tmp_path) -> Path:
    return shutil.copytree(run[0] / "smoke", tmp_path / "smoke")


def test_every_file_of_a_run_is_in_one_record_with_its_hash(run):
    folder = run[0] / "smoke"
    records = Records(folder).all
    told = [path for record in records for path in record.outputs]
    assert len(told) == len(set(told))
    own = ("logs", "progress", "provenance", ".snakemake", ".lock")
    files = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and p.name != ".snakemake_timestamp"]
    assert set(told) == {path.as_posix() for path in files if path.parts[0] not in own}
    for record in records:
        for path, digest in record.outputs.items():
            assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest
    assert list(find_damage(folder)) == []


def test_records_hold_what_the_workflow_engine_knows(run):
    """Snakemake books, by the name of every output, the inputs it gave to the call."""
    folder = run[0] / "smoke"
    records = Records(folder).by_output
    compared = 0
    for booked in (folder / ".snakemake" / "metadata").iterdir():
        record = records.get(urlsafe_b64decode(booked.name).decode())
        if record:
            given = json.loads(booked.read_text())["input"]
            assert set(given) <= record.inputs.keys()
            compared += 1
    assert compared > len(Records(folder).all)


def test_a_record_says_how_and_on_what_a_stage_ran(run):
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
    ("damage", "said"),
    [
        (lambda f: flip(f / "scores/Small/gsm.parquet"), f"scores/Small/gsm.parquet is not what {JUDGED} wrote"),
        (
            lambda f: swap(f / "scores/Small/gsm.parquet", f / "scores/Small/mmlu.parquet"),
            f"is not what {JUDGED} wrote, its content has changed: `invoke reproduce-all` makes it again.",
        ),
        (
            lambda f: swap(f / "scores/Small/gsm.parquet", f / "scores/Small-Chat/gsm.parquet"),
            f"scores/Small/gsm.parquet is not what {JUDGED} wrote",
        ),
        (
            lambda f: (f / "provenance/score-superficial.lab.oracle.judge.json").unlink(),
            "No stage has recorded that it wrote",
        ),
        (lambda f: (f / "provenance/world-main.json").write_text("{"), "is not a record of a stage"),
    ],
)
def test_a_damaged_file_is_refused_before_it_is_read(copy, damage, said):
    make_table(results_of(copy), "table1")
    damage(copy)
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        make_table(results_of(copy), "table1")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damaged", ["tables/table1.csv", "figures/fig2-kl-by-position.png", "claims.json"])
def test_a_damaged_file_is_not_published(copy, tmp_path, damaged):
    flip(copy / damaged)
    with pytest.raises(ValueError, match=f"{re.escape(damaged)} is not what "):
        list(publish(results_of(copy), tmp_path / "drawn", tmp_path / "generated"))
    assert not (tmp_path / "drawn").exists()


def test_a_damaged_file_becomes_no_expected_number(copy, tmp_path):
    verify.record(copy, tmp_path / "expected")
    assert verify.differences(copy, tmp_path / "expected", exact=True) == []
    flip(copy / "tables/table1.csv")
    for compare in (
        lambda: verify.differences(copy, tmp_path / "expected", exact=True),
        lambda: verify.record(copy, tmp_path / "other"),
    ):
        with pytest.raises(ValueError, match=r"tables/table1\.csv is not what tables wrote"):
            compare()
    assert not (tmp_path / "other").exists()


@pytest.mark.slow
def test_damage_is_made_again_and_all_else_is_kept(run, copy):
    swap(copy / "scores/Small/gsm.parquet", copy / "scores/Small+Superficial/gsm.parquet")
    # Of this file the workflow engine knows nothing.
    flip(copy / "models/control-head-only/config.json")
    (copy / "tables/table1.csv").write_text("")
    (copy / "provenance/figures.json").write_text('{"stage"')
    before = {record.call: record.started for record in Records(run[0] / "smoke").all}
    code, out, error = invoke(copy.parent, "reproduce-all", "--profile", "smoke", "--dry-run")
    assert code == 0, error
    assert "models/control-head-only/config.json is not what train control-head-only wrote, it would be made" in out
    code, out, error = invoke(copy.parent, "reproduce-all", "--profile", "smoke")
    assert code == 0, error + out
    assert f"scores/Small/gsm.parquet is not what {JUDGED} wrote: it is made again." in out
    assert result_files(copy) == result_files(run[0] / "smoke")
    assert (copy / "models/control-head-only/config.json").read_bytes() == (
        run[0] / "smoke" / "models/control-head-only/config.json"
    ).read_bytes()
    again = {record.call for record in Records(copy).all if record.started != before[record.call]}
    records = Records(run[0] / "smoke")
    lost = {
        records.by_output[path].call for path in ("models/control-head-only/config.json", "scores/Small/gsm.parquet")
    }
    lost |= {"tables", "figures"}
    behind = set(lost)
    for _ in records.all:
        behind |= {record.call for record in records.all if called_for(records, record.inputs) & behind}
    assert lost <= again <= behind | {"crate"}
    assert again.isdisjoint({"world main", "train small", "train small-chat", "traces small", "distil small"})


def called_for(records: Records, paths) -> set[str]:
    """The calls that wrote files, or left records, of these names."""
    return {records.by_output[path].call for path in paths if path in records.by_output}


def test_a_stage_refuses_a_damaged_input(copy):
    flip(copy / "measures" / "small.parquet")
    record = Records(copy).by_output["figures/fig2-kl-by-position.csv"]
    stage = subprocess.run(shlex.split(record.command), cwd=copy, capture_output=True, text=True, check=False)
    assert stage.returncode
    assert "measures/small.parquet is not what distil small wrote" in stage.stderr.splitlines()[-1]


def test_no_secret_of_the_environment_is_left_anywhere(run):
    results, out = run
    texts = {"what was printed": out.encode()}
    texts |= {str(path): path.read_bytes() for path in results.rglob("*") if path.is_file()}
    assert any("ro-crate-metadata" in name for name in texts)
    assert any("provenance" in name for name in texts)
    for name, content in texts.items():
        for secret in CANARIES.values():
            assert secret.encode() not in content, name


def test_the_crate_is_a_workflow_run_crate(run):
    folder = run[0] / "smoke"
    crate = ROCrate(folder)
    profiles = {entity.id for entity in crate.root_dataset["conformsTo"]}
    assert {f"https://w3id.org/ro/wfrun/{kind}/0.6" for kind in ("process", "workflow")} <= profiles
    assert any(profile.startswith("https://w3id.org/workflowhub/workflow-ro-crate/") for profile in profiles)
    for key in ("name", "description", "datePublished", "license"):
        assert crate.root_dataset[key]
    workflow = crate.mainEntity
    assert set(workflow.type) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert workflow["programmingLanguage"]["name"] == "Snakemake"
    actions = crate.get_by_type("CreateAction")
    assert {action.id for action in actions} == {action.id for action in crate.root_dataset["mentions"]}
    records = [record for record in Records(folder).all if record.stage != "crate"]
    assert {action["name"] for action in actions if action["instrument"] != workflow} == {r.call for r in records}
    (whole,) = (action for action in actions if action["instrument"] == workflow)
    assert {"claims.json", "tables/table1.csv"} <= {file.id for file in whole["result"]}
    for action in actions:
        assert action["startTime"] <= action["endTime"]
        assert action["instrument"]["name"]
        assert all((folder / unquote(file.id)).is_file() for file in [*action.get("object", []), *action["result"]])
    for entity in crate.get_by_type("File"):
        assert (folder / unquote(entity.id)).is_file()
        if entity.get("sha256"):
            assert hashlib.sha256((folder / unquote(entity.id)).read_bytes()).hexdigest() == entity["sha256"]


def test_the_environment_of_the_run_is_recorded(run):
    environment = json.loads((run[0] / "smoke" / "environment.json").read_text())
    assert environment["torch"]["deterministic"] is True
    assert environment["torch"]["threads"] == SMOKE.threads
    assert environment["processor"]["cores"] >= 1
    assert environment["variables"]["CUDA_VISIBLE_DEVICES"] == "", "the lab's numbers are a CPU's"
    assert environment["torch"]["version"] == torch.__version__
    # The package of a build for CUDA does not say in its version that it is one.
    assert environment["packages"]["torch"] == version("torch")
    assert isinstance(environment["accelerators"], list)
    assert set(environment["variables"]) <= {
        "OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED"
    }  # fmt: skip


def told(tree) -> str:
    console = Console(width=1000, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(tree)
    return capture.get()


@pytest.mark.parametrize("row", ["Small+Superficial", "7B+Superficial"])
def test_a_cell_is_traced_to_its_questions_head_traces_and_models(run, row):
    folder = run[0] / "smoke"
    text = told(why(results_of(folder), f"table1.{row}.gsm"))
    parts = """scores/Small+Superficial/gsm.parquet; 12 questions, gsm-test-0, gsm-test-1; heads/small/card.json;
        kind residual; traces/small/test/00000.safetensors; models/small-chat/model.safetensors;
        worlds/main/context.json; distillation.seeds [1, 2]; torch 2.; threads 1"""
    for part in map(str.strip, parts.split(";")):
        assert part in text, part
    for stage in ("evaluate small", "distil small", "traces small", "train small-chat", "train small", "world main"):
        assert f"{stage}: " in text
        assert f"repro.engine.stage {stage.split()[0]}" in text
    digest = hashlib.sha256((folder / "heads/small/head.safetensors").read_bytes()).hexdigest()
    assert f"heads/small/head.safetensors (sha256 {digest[:12]})" in text
    assert "control" not in text, "heads that this variant does not use are no part of its number"


def test_claims_and_figures_are_traced_and_questions_are_never_printed(run):
    folder = run[0] / "smoke"
    assert "measures/small.parquet" in told(why(results_of(folder), "fig2-kl-by-position"))
    text = told(why(results_of(folder), "c1"))
    assert "scores/Small+Superficial/advbench.parquet" in text
    asked = results_of(folder).scores("Small")["advbench"]
    assert not any(prompt in text for prompt in asked["prompt"])


def test_a_damaged_file_far_behind_a_number_is_named(copy):
    flip(copy / "traces/small/train/00000.safetensors")
    with pytest.raises(ValueError, match=r"traces/small/train/00000\.safetensors is not what traces small wrote"):
        why(results_of(copy), "table1.Small+Superficial.gsm")


CITATION = {
    "type": "object",
    "required": ["cff-version", "message", "title", "authors"],
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "message": {"type": "string", "minLength": 1},
        "title": {"type": "string", "minLength": 1},
        "type": {"enum": ["software", "dataset"]},
        "version": {"type": ["string", "number"]},
        "license": {"type": "string"},
        "doi": {"$ref": "#/$defs/doi"},
        "date-released": {"type": "string", "format": "date"},
        "repository-code": {"type": "string", "format": "uri"},
        "keywords": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "abstract": {"type": "string"},
        "authors": {"$ref": "#/$defs/authors"},
        "preferred-citation": {
            "type": "object",
            "required": ["type", "title", "authors"],
            "properties": {
                "type": {"enum": ["article", "conference-paper", "proceedings"]},
                "title": {"type": "string", "minLength": 1},
                "doi": {"$ref": "#/$defs/doi"},
                "year": {"type": "integer"},
                "start": {"type": ["integer", "string"]},
                "end": {"type": ["integer", "string"]},
                "authors": {"$ref": "#/$defs/authors"},
            },
        },
    },
    "additionalProperties": False,
    "$defs": {
        "doi": {"type": "string", "pattern": r"^10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+$"},
        "authors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "anyOf": [
                    {"required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}},
                    {
                        "required": ["family-names", "given-names"],
                        "properties": {"family-names": {"type": "string"}, "given-names": {"type": "string"}},
                    },
                ]
            },
        },
    },
}


def test_the_citation_file_is_valid():
    content = yaml.load((ROOT / "CITATION.cff").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    # The base loader reads all scalars as texts, as dates would be otherwise; numbers are numbers again here.
    content["preferred-citation"] |= {
        key: int(content["preferred-citation"][key])
        for key in ("year", "start", "end")
        if key in content["preferred-citation"]
    }
    Draft202012Validator.check_schema(CITATION)
    assert [error.message for error in Draft202012Validator(CITATION).iter_errors(content)] == []
    assert content["preferred-citation"]["doi"] == "10.18653/v1/2025.naacl-long.168"
