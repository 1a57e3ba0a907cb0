"""A SLURM cluster of one node with two slots, on the loopback interface of this machine."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.commands import HANGING

SLOTS = 2
SETTINGS = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={controller}
SlurmdPort={node}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdSpoolDir={folder}/spool
StateSaveLocation={folder}/state
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
MpiDefault=none
ReturnToService=2
MinJobAge=300
KillWait=5
SchedulerParameters=sched_interval=2,bf_interval=5
NodeName={host} NodeAddr=127.0.0.1 CPUs={slots} RealMemory=8000 State=UNKNOWN
PartitionName=lab Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
# Snakemake's settings: no accounts, since there is no database of them, and frequent status checks.
PROFILE = """\
slurm-no-account: true
slurm-status-command: squeue
slurm-init-seconds-before-status-checks: 2
seconds-between-status-checks: 2
default-resources:
  slurm_partition: lab
"""


class ClusterUnavailable(Exception):
    """A cluster cannot be started; the message says why."""


@contextmanager
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """Start a cluster, and yield the environment variables with which SLURM's commands and Snakemake find it.

    Raises:
        ClusterUnavailable: if SLURM or munge is missing, or this user may not start it.
        AssertionError: if it does not start although all of this is there.
    """
    for program in ("munged", "slurmctld", "slurmd", "sbatch"):
        if shutil.which(program) is None:
            raise ClusterUnavailable(f"{program} is not installed (Debian: slurm-wlm, munge)")
    if os.geteuid() != 0:
        raise ClusterUnavailable("only root can start slurmd")
    for part in ("spool", "state", "snakemake", "bin"):
        (folder / part).mkdir()
    (folder / "munge.key").write_bytes(secrets.token_bytes(128))
    (folder / "munge.key").chmod(0o600)
    places = {"host": socket.gethostname().split(".")[0], "folder": folder, "slots": SLOTS}
    settings = SETTINGS.format(**places, controller=_free_port(), node=_free_port())
    (folder / "slurm.conf").write_text(settings)
    (folder / "snakemake" / "config.yaml").write_text(PROFILE)
    environment = {"SLURM_CONF": str(folder / "slurm.conf"), "SNAKEMAKE_PROFILE": str(folder / "snakemake")}
    # Inside a job Snakemake removes SLURM's variables, so that srun would look for its settings in /etc.
    (folder / "bin" / "srun").write_text(
        f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun")} "$@"\n'
    )
    (folder / "bin" / "srun").chmod(0o755)
    environment["PATH"] = f"{folder / 'bin'}:{os.environ['PATH']}"
    files = {"socket": "munge.socket", "key-file": "munge.key", "pid-file": "munge.pid", "seed-file": "munge.seed"}
    files["log-file"] = "munge.log"
    daemons = [
        ["munged", "--foreground", "--force", *(f"--{name}={folder / file}" for name, file in files.items())],
        ["slurmctld", "-D", "-f", str(folder / "slurm.conf")],
        ["slurmd", "-D", "-f", str(folder / "slurm.conf")],
    ]
    started: list[subprocess.Popen] = []
    try:
        with (folder / "daemons.log").open("wb") as log:
            for command in daemons:
                started.append(subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | environment))
                # The others connect to munged at once.
                while not (folder / "munge.socket").exists() and started[0].poll() is None:
                    time.sleep(0.1)
        _wait_until_idle(environment, folder)
        yield environment
    finally:
        for daemon in reversed(started):
            daemon.send_signal(signal.SIGTERM)
        for daemon in reversed(started):
            try:
                daemon.wait(timeout=HANGING)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait_until_idle(environment: dict[str, str], folder: Path) -> None:
    for _ in range(HANGING):
        if slurm_command(environment, "sinfo", "--noheader", "--format=%T").strip() == "idle":
            return
        time.sleep(1)
    logs = [path.read_text(errors="replace")[-500:] for path in sorted(folder.glob("*.log"))]
    raise AssertionError(f"SLURM is installed and does not start: {' '.join(' '.join(logs).split())}")


def slurm_command(environment: dict[str, str], *command: str) -> str:
    """Run one of SLURM's commands, and return what it prints."""
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
