"""The recipes of docs/EXTENDING.md work: each is applied to a copy of the repository, and what it adds is run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from repro.engine.paths import ROOT
from repro.engine.rehearsal.questions import write_addresses, write_data_sets
from tests.support.local_profile import on_local_files

DOCUMENT = ROOT / "docs" / "EXTENDING.md"
LARGEST_NUMBER_OF_PLACES = 2


def recipe(name: str) -> list[tuple[str, str]]:
    """Return the code blocks of a recipe, each with its language."""
    text = DOCUMENT.read_text(encoding="utf-8").split(f"<!-- recipe: {name} -->")[1].split("\n## ")[0]
    return re.findall(r"```(\w+)\n(.*?)```", text, flags=re.DOTALL)


def apply(block: str, language: str, root: Path) -> Path:
    """Write a block's file, append it, or make its replacements; return the file."""
    if language == "diff":
        file = root / re.findall(r"^\+\+\+ b/(\S+)$", block, flags=re.MULTILINE)[0]
        text = file.read_text(encoding="utf-8")
        for hunk in block.split("@@\n")[1:]:
            lines = hunk.splitlines(keepends=True)
            old, new = ("".join(line[1:] for line in lines if line[0] == sign) for sign in "-+")
            assert text.count(old) == 1, f"{old!r} is not once in {file}"
            text = text.replace(old, new)
    else:
        first, rest = block.split("\n", 1)
        name, _, how = first.removeprefix("# ").partition(" ")
        file = root / name
        before = file.read_text(encoding="utf-8") if how == "(appended)" else ""
        assert how or not file.exists(), f"{file} is there already"
        text = before + rest
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def copy(tmp_path):
    root = tmp_path / "repository"
    for part in ("src", "repro", "paper", "tasks.py"):
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile)(ROOT / part, root / part)
    return root


@pytest.fixture
def extended(copy, request):
    changed = {apply(block, language, copy) for language, block in recipe(request.param)}
    assert len(changed) <= LARGEST_NUMBER_OF_PLACES
    return copy


def run(root: Path, results: Path, *command: str) -> str:
    environment = os.environ | {"PYTHONPATH": f"{root / 'src'}:{root}", "SUPERFICIAL_RESULTS": str(results)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def invoke(root: Path, results: Path, *words: str) -> str:
    return run(root, results, str(Path(sys.executable).with_name("invoke")), *words)


@pytest.fixture
def results(planted, tmp_path):
    shutil.copytree(planted.folder, tmp_path / "results" / "central")
    return tmp_path / "results"


@pytest.mark.parametrize("extended", ["table"], indirect=True)
def test_a_table_is_added(extended, results):
    printed = invoke(extended, results, "table", "response-length", "--profile", "central")
    assert "Tokens of the aligned model's responses" in printed
    assert "small" in printed


@pytest.mark.parametrize("extended", ["claim"], indirect=True)
def test_a_claim_is_added(extended, results):
    printed = invoke(extended, results, "claim", "C12", "--profile", "central")
    assert "The aligned model answers in more than a token." in printed
    assert "reproduced" in printed


@pytest.mark.parametrize("extended", ["family"], indirect=True)
def test_a_model_family_is_added(extended, tmp_path):
    steps = invoke(extended, tmp_path, "reproduce-all", "--profile", "gemma", "--dry-run").splitlines()
    for step in ("fetch gemma", "fetch gemma-instruct", "traces gemma", "distil gemma-gsm", "evaluate gemma"):
        assert f"would run: {step}" in steps
    assert "Gemma+Superficial" in invoke(extended, tmp_path, "profile", "gemma")


@pytest.mark.parametrize("extended", ["benchmark"], indirect=True)
def test_a_benchmark_is_added(extended, tmp_path):
    folder = tmp_path / "results" / "spelling"
    inputs = folder / "inputs"
    write_data_sets(inputs / "repositories" / "datasets")
    write_addresses(inputs / "addresses")
    words = [json.dumps({"word": word}) for word in ("lantern", "harbor")]
    (inputs / "data").mkdir()
    (inputs / "data" / "spelling.jsonl").write_text("\n".join(words), encoding="utf-8")
    local = tmp_path / "spelling.yaml"
    content = yaml.safe_load(invoke(extended, tmp_path, "profile", "spelling"))
    local.write_text(yaml.safe_dump(on_local_files(content, inputs)), encoding="utf-8")
    stage = ("-m", "repro.engine.stage", "questions", str(local), str(folder), "--name", "real")
    run(extended, tmp_path, sys.executable, *stage)
    check = (
        "import sys, pandas as pd; from superficial.measures.scores import MEASURES; "
        "from superficial.benchmarks import benchmark_module; "
        f"rows = pd.read_parquet({str(folder / 'worlds' / 'real' / 'test.parquet')!r}); "
        "rows = rows[rows['benchmark'] == 'spelling']; assert len(rows) == 2; "
        "judge = benchmark_module('spelling').judge; "
        "scores = [judge('spelling', text, {'word': 'cat'}).score for text in ('c a t', 'cat')]; "
        "print(scores, MEASURES['spelling'].label); "
        "from repro.workflow import calls; from repro.engine.paths import profile_file; "
        "from superficial.config import load_profile; "
        "print([call.id for call in calls(load_profile(profile_file('spelling')))])"
    )
    scored, steps = run(extended, tmp_path, sys.executable, "-c", check).splitlines()
    assert scored == "[1.0, 0.0] Spelling"
    assert "'score-superficial.benchmarks.spelling.judge'" in steps


def test_a_recipe_that_no_longer_fits_is_noticed(copy):
    with pytest.raises(AssertionError, match="is not once in"):
        apply("--- a/tasks.py\n+++ b/tasks.py\n@@\n-no such line\n+other\n", "diff", copy)
