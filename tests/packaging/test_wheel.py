"""The wheel and the source distribution: built, checked, and used where nothing else is installed.

Run it with `pytest -m packaging`; it needs a package index. The new environment shares this environment's torch, which
would take minutes to install; all other dependencies are those that the wheel names.
"""

import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from repro.engine.paths import ROOT
from tests.documents.pages import code_blocks, text_of
from tests.support.tiny_models import tiny_model

pytestmark = pytest.mark.packaging

SOURCES = ("src", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "CHANGELOG.md", "CITATION.cff")
TORCH = ("torch", "torchgen", "functorch", "torch-*.dist-info")


def run(*command, folder=None) -> str:
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """The Python of an environment with what builds and checks a distribution, apart from the locked packages."""
    folder = tmp_path_factory.mktemp("tools")
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "pip", "install", "-q", "build", "twine", "check-wheel-contents", "setuptools>=77")
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def distributions(tools, tmp_path_factory):
    """The folder with the wheel, which is built from the source distribution, and with the latter."""
    folder = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        source = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(source, folder / name, ignore=ignored) if source.is_dir() else shutil.copy(source, folder)
    run(tools, "-m", "build", "--no-isolation", folder)
    return folder / "dist"


@pytest.fixture(scope="module")
def environment(distributions, tmp_path_factory):
    """The folder of the programs of a new environment, into which the wheel was installed in one command."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder)
    libraries = Path(sysconfig.get_path("platlib", vars={"base": str(folder), "platbase": str(folder)}))
    for pattern in TORCH:
        for part in Path(sysconfig.get_path("platlib")).glob(pattern):
            (libraries / part.name).symlink_to(part)
    (wheel,) = distributions.glob("*.whl")
    run(folder / "bin" / "pip", "install", "-q", wheel)
    return folder / "bin"


@pytest.fixture
def pair(tmp_path, tokenizer, prompts):
    """A folder with two tiny checkpoints, base and aligned, and prompts.txt."""
    for seed, name in enumerate(("base", "aligned")):
        tiny_model("llama", seed).save_pretrained(tmp_path / name)
        tokenizer.save_pretrained(tmp_path / name)
    (tmp_path / "prompts.txt").write_text("\n".join(prompts[:8]), encoding="utf-8")
    return tmp_path


def test_the_metadata_and_the_files_are_in_order(tools, distributions):
    (wheel,), (source,) = distributions.glob("*.whl"), distributions.glob("*.tar.gz")
    run(tools, "-m", "twine", "check", "--strict", wheel, source)
    run(tools, "-m", "check_wheel_contents", wheel)
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"superficial"}
    data = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "superficial").rglob("*.*")}
    left_out = {name for name in data - set(names) if "__pycache__" not in name and not name.endswith(".pyc")}
    assert left_out == set()


def test_the_six_lines_of_the_readme_run(environment, pair):
    (code,) = code_blocks(text_of("README.md"), "python")
    before, after = map(float, run(environment / "python", "-c", code, folder=pair).split())
    assert after < before


def test_the_command_works_without_the_extras(environment, pair):
    command = environment / "superficial"
    models = ("--base", "base", "--aligned", "aligned", "--prompts", "prompts.txt", "--max-new-tokens", "5")
    extracted = json.loads(run(command, "extract", *models, "--out", "head", "--json", folder=pair))
    assert extracted == json.loads(run(command, "inspect", "head", "--json", folder=pair))
    run(command, "apply", "--base", "base", "--head", "head", "--out", "merged", folder=pair)
    assert "cosine of the two changes: 1.0000" in run(command, "compare", "head", "head", folder=pair)
    done = subprocess.run([command, "report", *models, "--out", "report"], cwd=pair, capture_output=True, text=True)
    assert done.returncode == 2 and "pip install 'superficial[report]'" in done.stderr
    installed = run(environment / "pip", "list", "--format=freeze")
    assert not any(f"{name}==" in installed for name in ("pandas", "snakemake", "matplotlib", "symspellpy"))
