"""A finished run describes itself as a Workflow Run Crate, and records the machine it ran on."""

import hashlib
import json
from importlib.metadata import version
from urllib.parse import unquote

import torch
from rocrate.rocrate import ROCrate

from repro.engine import paths
from superficial.config import load_profile
from superficial.reporting.provenance import Records

SMOKE = load_profile(paths.profile_file("smoke"))


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
    (full_run,) = (action for action in actions if action["instrument"] == workflow)
    assert {"claims.json", "tables/table1.csv"} <= {file.id for file in full_run["result"]}
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
    assert environment["variables"]["CUDA_VISIBLE_DEVICES"] == "", "the lab runs on the CPU"
    assert environment["torch"]["version"] == torch.__version__
    # The version of the package does not show whether it is a CUDA build.
    assert environment["packages"]["torch"] == version("torch")
    assert isinstance(environment["accelerators"], list)
    assert set(environment["variables"]) <= {
        "OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED"
    }  # fmt: skip
