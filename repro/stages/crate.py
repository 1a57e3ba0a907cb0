"""crate: every stage's record -> environment.json and ro-crate-metadata.json, the run as a Workflow Run Crate.

The crate describes the files where they lie; of the repository it holds the workflow and the profile as it was read.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from rocrate.model import ContextEntity, DataEntity
from rocrate.rocrate import ROCrate

from repro.engine.machine import describe
from repro.engine.paths import ROOT
from superficial.config import Profile
from superficial.files import atomic_write
from superficial.models.device import set_up_torch
from superficial.progress import progress
from superficial.reporting.provenance import Record, Records

LICENSE = "https://spdx.org/licenses/Apache-2.0"
WORKFLOW, PROFILE, ENVIRONMENT = Path("workflow/Snakefile"), Path("workflow/profile.json"), Path("environment.json")
# The version that goes with the RO-Crate version the library writes.
RUN_PROFILES = {"process": "Process Run Crate", "workflow": "Workflow Run Crate"}
RUN_VERSION = "0.6"


def main(profile: Profile, out: Path, _: str) -> None:
    set_up_torch(profile.threads)
    with progress("describing the run", 1) as advance:
        with atomic_write(out / WORKFLOW) as path:
            shutil.copyfile(ROOT / "repro" / "Snakefile", path)
        for name, content in ((PROFILE, profile.model_dump()), (ENVIRONMENT, describe())):
            with atomic_write(out / name) as path:
                path.write_text(json.dumps(content, indent=1), encoding="utf-8")
        crate = describe_run(profile.name, [record for record in Records(out).all if record.stage != "crate"])
        with atomic_write(out / "ro-crate-metadata.json") as path:
            path.write_text(json.dumps(crate.metadata.generate(), indent=1, ensure_ascii=False), encoding="utf-8")
        advance(1)


def describe_run(profile: str, records: list[Record]) -> ROCrate:
    """Return the crate of a run: its files, one action a stage call, and one for the workflow as a whole."""
    crate = ROCrate()
    crate.metadata.extra_contexts.append("https://w3id.org/ro/terms/workflow-run/context")
    crate.name = f"Recomputation of 'Extracting and Understanding the Superficial Knowledge in Alignment', {profile}"
    crate.description = "Scores, tables, figures and verdicts on claims, with the run that made them."
    crate.license = crate.add(ContextEntity(crate, LICENSE, {"@type": "CreativeWork", "name": "Apache License 2.0"}))
    engine = {"name": "the reproduction's workflow", "version": version("superficial")}
    workflow = crate.add_workflow(
        dest_path=WORKFLOW, main=True, lang="snakemake", lang_version=version("snakemake"), properties=engine
    )
    # The library has told that this is a Workflow RO-Crate.
    for kind, name in RUN_PROFILES.items():
        identifier = f"https://w3id.org/ro/wfrun/{kind}/{RUN_VERSION}"
        about = {"@type": "CreativeWork", "name": name, "version": RUN_VERSION}
        crate.root_dataset.append_to("conformsTo", crate.add(ContextEntity(crate, identifier, about)))
    files = {path: crate.add_file(dest_path=path) for path in (PROFILE.as_posix(), ENVIRONMENT.as_posix())}
    for record in records:
        for path, digest in record.outputs.items():
            files[path] = crate.add_file(dest_path=path, properties={"sha256": digest})
    for record in records:
        _add_call(crate, record, files)
    made_from = {path for record in records for path in record.inputs}
    started, ended = min(map(_start, records)), max(map(_end, records))
    action = crate.add_action(
        workflow,
        identifier="#run",
        object=[files[PROFILE.as_posix()]],
        result=[files[path] for record in records for path in record.outputs if path not in made_from],
        properties={
            "name": f"reproduction of profile {profile}",
            "description": f"invoke reproduce-all --profile {profile}",
            "startTime": started.isoformat(),
            "endTime": ended.isoformat(),
        },
    )
    crate.root_dataset.append_to("mentions", action)
    return crate


def _add_call(crate: ROCrate, record: Record, files: dict[str, DataEntity]) -> None:
    identifier = f"#{record.stage}"
    tool = crate.get(identifier) or crate.add(
        ContextEntity(
            crate,
            identifier,
            {
                "@type": "SoftwareApplication",
                "name": f"repro/stages/{record.stage}.py",
                "softwareVersion": record.code.sha256,
            },
        )
    )
    action = crate.add_action(
        tool,
        identifier=f"#call-{record.call.replace(' ', '-')}",
        object=[files[path] for path in record.inputs if path in files],
        result=[files[path] for path in record.outputs],
        properties={
            "name": record.call,
            "description": record.command,
            "startTime": _start(record).isoformat(),
            "endTime": _end(record).isoformat(),
        },
    )
    crate.root_dataset.append_to("mentions", action)


def _start(record: Record) -> datetime:
    return datetime.fromisoformat(record.started)


def _end(record: Record) -> datetime:
    return _start(record) + timedelta(seconds=record.seconds)
