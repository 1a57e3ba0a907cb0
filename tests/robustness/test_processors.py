"""The tests that compute with torch pass with the kernels of other processors, and with one or two threads.

Each environment takes minutes. One that needs instructions which this processor lacks is skipped: torch would use them
all the same, and die.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from repro.engine.paths import ROOT
from tests.support.commands import invoke
from tests.support.numeric import NOT_NUMERIC, NUMERIC

# What /proc/cpuinfo calls the instructions.
FLAGS = {
    "default": {"sse4_1"},
    "SSE41": {"sse4_1"},
    "avx2": {"avx2", "fma"},
    "AVX2": {"avx2"},
    "avx512": {"avx512f", "avx512bw", "avx512dq", "avx512vl", "fma"},
    "AVX512_CORE": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
    "AVX512_CORE_BF16": {"avx512_bf16"},
    "AVX512_CORE_AMX": {"avx512_bf16", "amx_tile", "amx_int8", "amx_bf16"},
}


@dataclass(frozen=True)
class Environment:
    """The instructions that torch's own kernels and oneDNN may use, how MKL computes, and the number of threads."""

    aten: str
    onednn: str
    mkl: str
    threads: int

    def __str__(self) -> str:
        return f"ATen-{self.aten} oneDNN-{self.onednn} MKL-{self.mkl} threads-{self.threads}"

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables that make torch compute so."""
        return {
            "ATEN_CPU_CAPABILITY": self.aten,
            "ONEDNN_MAX_CPU_ISA": self.onednn,
            "MKL_CBWR": self.mkl,
            "OMP_NUM_THREADS": str(self.threads),
            # Threads that wait do not keep a core from other processes.
            "OMP_WAIT_POLICY": "PASSIVE",
        }

    def missing(self, flags: set[str]) -> set[str]:
        """Return the instructions that a processor with these flags lacks."""
        return (FLAGS[self.aten] | FLAGS[self.onednn]) - flags


ENVIRONMENTS = [
    Environment("default", "SSE41", "COMPATIBLE", 1),
    Environment("default", "AVX2", "AUTO", 2),
    Environment("avx2", "SSE41", "COMPATIBLE", 2),
    Environment("avx2", "AVX2", "AUTO", 1),
    Environment("avx2", "AVX2", "AUTO", 2),
    Environment("avx512", "AVX512_CORE", "AUTO", 1),
    Environment("avx512", "AVX512_CORE", "AUTO", 2),
    Environment("avx512", "AVX512_CORE_BF16", "AUTO", 1),
    Environment("avx512", "AVX512_CORE_AMX", "AUTO", 1),
    Environment("avx512", "AVX512_CORE_AMX", "AUTO", 2),
]


def processor_flags() -> set[str]:
    """Return the flags of this machine's processor."""
    text = Path("/proc/cpuinfo").read_text()
    return set(re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)[1].split())


def environments() -> list:
    """Return the environments as parameters of a test; those that this processor lacks are skipped."""
    flags = processor_flags()
    return [
        pytest.param(
            environment,
            id=str(environment),
            marks=[pytest.mark.skip(reason=f"this processor lacks {', '.join(sorted(missing))}")] if missing else [],
        )
        for environment in ENVIRONMENTS
        for missing in [environment.missing(flags)]
    ]


def run_numeric_tests(variables: dict[str, str], *options: str) -> str:
    """Run the tests marked numeric in a process of their own, and return pytest's summary line."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "numeric and not slow and not real", *options]
    tests = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert tests.returncode == 0, tests.stdout[-10_000:] + tests.stderr[-2_000:]
    summary = tests.stdout.strip().splitlines()[-1]
    print(summary)
    return summary


@pytest.mark.slow
@pytest.mark.parametrize("environment", environments())
def test_numeric_tests_pass_with_the_kernels_of_other_processors(environment):
    code = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    capability = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment.variables, capture_output=True, text=True, check=True
    )
    assert capability.stdout.strip() == environment.aten.upper()
    assert " passed" in run_numeric_tests(environment.variables)


@pytest.mark.slow
@pytest.mark.parametrize("environment", environments())
def test_the_worlds_and_numbers_of_a_run_are_as_expected_with_the_kernels_of_other_processors(
    environment, tmp_path, monkeypatch
):
    for name, value in environment.variables.items():
        monkeypatch.setenv(name, value)
    code, out, error = invoke(tmp_path, "reproduce-all", "--profile", "smoke")
    assert code == 0, error + out
    code, out, error = invoke(tmp_path, "verify", "--profile", "smoke")
    assert code == 0, error + out
    assert "compared by confidence intervals" in out


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_numeric_tests_pass_if_every_product_is_rounded_differently(seed):
    # It compares two trainings: Adam enlarges the noise by which they differ, and dW moves by a twentieth.
    left_out = "tests/workflow/test_stages_on_gpu.py::test_a_stage_writes_what_it_writes_on_the_cpu[heads/7b-advbench]"
    options = ("-p", "tests.support.rounding_noise", "--deselect", left_out)
    assert " passed" in run_numeric_tests({"ROUNDING_NOISE": str(seed), "OMP_NUM_THREADS": "1"}, *options)


def test_every_test_file_that_imports_torch_is_known_to_be_numeric_or_not():
    assert all((ROOT / path).exists() for path in (*NUMERIC, *NOT_NUMERIC))
    for path in (ROOT / "tests").rglob("test_*.py"):
        name = path.relative_to(ROOT).as_posix()
        if re.search(r"^(import|from) torch\b", path.read_text(), re.MULTILINE):
            assert name.startswith((*NUMERIC, *NOT_NUMERIC)), f"add {name} to tests/support/numeric.py"


def test_an_environment_needs_the_flags_of_all_its_kernels():
    amd_epyc_3 = {"sse4_1", "avx2", "fma"}
    possible = [environment for environment in ENVIRONMENTS if not environment.missing(amd_epyc_3)]
    assert possible == ENVIRONMENTS[:5]
    assert ENVIRONMENTS[-1].missing(amd_epyc_3 | FLAGS["AVX512_CORE"]) == {
        *("avx512_bf16", "amx_tile", "amx_int8", "amx_bf16")
    }
