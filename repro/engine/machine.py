"""Describes the machine and the software of a run. It records no user, host or secret."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

# The only environment variables that are recorded: others may be secrets.
VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED")


def describe() -> dict[str, Any]:
    """Return the description of this machine and its software that environment.json holds."""
    import torch

    return {
        "system": {"os": platform.platform(), "machine": platform.machine(), "python": platform.python_version()},
        "processor": {
            "model": _processor(),
            "cores": os.cpu_count(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        },
        "accelerators": _accelerators(),
        "torch": {
            "version": torch.__version__,
            "cuda": torch.version.cuda,
            "instructions": torch.backends.cpu.get_cpu_capability(),
            "threads": torch.get_num_threads(),
            "deterministic": torch.are_deterministic_algorithms_enabled(),
            "cudnn_deterministic": torch.backends.cudnn.deterministic,
            "float32_matmul": torch.get_float32_matmul_precision(),
        },
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "packages": dict(sorted((package.metadata["Name"], package.version) for package in distributions())),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _accelerators() -> list[dict[str, str]]:
    """Return name, driver and memory of each NVIDIA card; an empty list where there is no driver."""
    fields = ("name", "driver_version", "memory.total")
    command = ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader"]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return []
    return [dict(zip(fields, map(str.strip, line.split(",")), strict=True)) for line in listing.stdout.splitlines()]
