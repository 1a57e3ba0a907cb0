"""The run as a Workflow Run Crate: its files, one action per stage call, and one for the workflow as a whole.

The crate describes the result files where they are. Of the repository it holds the workflow and the profile.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from rocrate.model import ContextEntity, DataEntity
from rocrate.rocrate import ROCrate

from superficial.artifacts import ENVIRONMENT, PROFILE_FILE, WORKFLOW_FILE
from superficial.reporting.provenance import Record

_LICENSE = "https://spdx.org/licenses/Apache-2.0"
# The version of the run profiles that goes with the RO-Crate version of the library.
_RUN_PROFILES = {"process": "Process Run Crate", "workflow": "Workflow Run Crate"}
_RUN_PROFILE_VERSION = "0.6"


def describe_run(profile: str, records: list[Record]) -> ROCrate:
    """Return the crate of a run.

    Args:
        profile: the profile's name.
        records: the record of every stage call but the one that writes the crate.
    """
    crate = ROCrate()
    crate.metadata.extra_contexts.append("https://w3id.org/ro/terms/workflow-run/context")
    crate.name = f"Recomputation of 'Extracting and Understanding the Superficial Knowledge in Alignment', {profile}"
    crate.description = "Scores, tables, figures and verdicts on claims, with the run that made them."
    crate.license = crate.add(ContextEntity(crate, _LICENSE, {"@type": "CreativeWork", "name": "Apache License 2.0"}))
    workflow = _add_workflow(crate)
    files = {path: crate.add_file(dest_path=path) for path in (PROFILE_FILE.of(), ENVIRONMENT.of())}
    for record in records:
        for path, digest in record.outputs.items():
            files[path] = crate.add_file(dest_path=path, properties={"sha256": digest})
    for record in records:
        _add_call(crate, record, files)
    _add_run(crate, workflow, profile, records, files)
    return crate


def _add_workflow(crate: ROCrate) -> DataEntity:
    workflow = crate.add_workflow(
        dest_path=Path(WORKFLOW_FILE.of()),
        main=True,
        lang="snakemake",
        lang_version=version("snakemake"),
        properties={"name": "the reproduction's workflow", "version": version("superficial")},
    )
    # The library now declares the profile "Workflow RO-Crate", but neither of these.
    for kind, name in _RUN_PROFILES.items():
        identifier = f"https://w3id.org/ro/wfrun/{kind}/{_RUN_PROFILE_VERSION}"
        properties = {"@type": "CreativeWork", "name": name, "version": _RUN_PROFILE_VERSION}
        crate.root_dataset.append_to("conformsTo", crate.add(ContextEntity(crate, identifier, properties)))
    return workflow


def _add_call(crate: ROCrate, record: Record, files: dict[str, DataEntity]) -> None:
    identifier = f"#{record.stage}"
    stage = crate.get(identifier) or crate.add(
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
        stage,
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


def _add_run(
    crate: ROCrate, workflow: DataEntity, profile: str, records: list[Record], files: dict[str, DataEntity]
) -> None:
    inputs = {path for record in records for path in record.inputs}
    action = crate.add_action(
        workflow,
        identifier="#run",
        object=[files[PROFILE_FILE.of()]],
        result=[files[path] for record in records for path in record.outputs if path not in inputs],
        properties={
            "name": f"reproduction of profile {profile}",
            "description": f"invoke reproduce-all --profile {profile}",
            "startTime": min(map(_start, records)).isoformat(),
            "endTime": max(map(_end, records)).isoformat(),
        },
    )
    crate.root_dataset.append_to("mentions", action)


def _start(record: Record) -> datetime:
    return datetime.fromisoformat(record.started)


def _end(record: Record) -> datetime:
    return _start(record) + timedelta(seconds=record.seconds)
