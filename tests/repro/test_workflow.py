"""The declared workflow: which calls an edit of one file makes run again, and what the generated page says."""

import json
import shutil
import subprocess
import sys
from fnmatch import fnmatch

import pytest

from repro.engine.describe import README, readme
from repro.engine.parts import placed_calls
from repro.engine.paths import PROFILES, ROOT
from repro.workflow import OPTIONAL, STAGES, calls
from superficial.artifacts import artifact_of
from superficial.config import load_profile

TREE = ("src", "repro", "paper/published.yaml", "paper/claims.yaml")
# Edits one file after another, and prints which calls Snakemake would find changed.
EDITS = """
import json, sys
from pathlib import Path
from repro import workflow
from repro.engine import code
from superficial.config import load_profile

cases = json.load(sys.stdin)
profiles = {name: load_profile(Path("repro/profiles") / f"{name}.yaml") for _, name in cases}

def state(profile):
    # An edit adds a comment: what a module imports stays.
    code.digest.cache_clear()
    calls = workflow.calls(profiles[profile])
    return {c.id: [c.code, code.digest(c.data_files), c.profile_section, c.inputs] for c in calls}

before = {profile: state(profile) for _, profile in cases}
changed = []
for file, profile in cases:
    text = Path(file).read_text()
    Path(file).write_text(text + "\\n# edited\\n")
    after = state(profile)
    Path(file).write_text(text)
    changed.append([name for name in after if after[name] != before[profile][name]])
print(json.dumps([changed, {profile: list(calls) for profile, calls in before.items()}]))
"""
# An edited file, a profile, and every call of it whose result the edit can change.
BEYOND = "graft-* depth-* lens-* size neighbour-*"
MODELS = f"traces-* evaluate-* sensitivity-* view {BEYOND}"
FINETUNED = (
    "train-*-chat train-*-instruct train-*-curated train-*-attacked* train-small-general train-control-* train-deep-*"
)
PRETRAINED = "train-small train-large train-mistral train-qwen train-deep"
CASES = [
    ("src/superficial/reporting/sensitivity.py", "smoke", "tables figures"),
    ("src/superficial/models/loading.py", "smoke", f"{MODELS} {FINETUNED}"),
    (
        "src/superficial/lab/oracle.py",
        "smoke",
        "score-superficial.lab.oracle.judge sensitivity-* view train-small-attacked* depth-* size neighbour-*",
    ),
    ("src/superficial/lab/corpus.py", "smoke", "world-* train-*"),
    ("src/superficial/lab/conversations.py", "smoke", f"world-* {FINETUNED}"),
    ("src/superficial/lab/training.py", "smoke", "train-*"),
    ("src/superficial/lab/pretraining.py", "smoke", PRETRAINED),
    (
        "src/superficial/judges/keyword.py",
        "smoke",
        "score-superficial.judges.keyword.* tables figures claims size neighbour-*",
    ),
    ("src/superficial/judges/endpoint.py", "smoke", ""),
    ("src/superficial/judges/endpoint.py", "rehearsal", "judge-* score-harm"),
    ("src/superficial/judges/models.py", "rehearsal", "judge-to* judge-tr* score-toxicity score-tr*"),
    ("src/superficial/benchmarks/mmlu.py", "smoke", "tables figures claims size neighbour-*"),
    ("src/superficial/benchmarks/neutral.py", "smoke", ""),
    ("src/superficial/measures/intervals.py", "smoke", "tables figures claims size neighbour-*"),
    ("src/superficial/reporting/figures/registry.py", "smoke", "figures"),
    ("src/superficial/reporting/figures/style.mplstyle", "smoke", "figures"),
    ("src/superficial/alignment/tuning.py", "rehearsal", "tune-*"),
    ("src/superficial/alignment/tuning.py", "smoke", ""),
    ("repro/stages/sweep.py", "smoke", "sweep"),
    ("src/superficial/depth/graft.py", "smoke", "graft-* depth-*"),
    ("src/superficial/neighbours/proxy.py", "smoke", "neighbour-*"),
    ("repro/engine/machine.py", "smoke", "crate"),
    ("repro/engine/slurm.py", "smoke", ""),
    ("paper/claims.yaml", "smoke", "claims"),
    ("src/superficial/planning/plan.py", "smoke", ""),
]


@pytest.fixture(scope="module")
def changed(tmp_path_factory) -> dict[tuple[str, str], tuple[set[str], list[str]]]:
    """By file and profile: the calls that change where a copy of the repository has the file edited, and all calls."""
    tree = tmp_path_factory.mktemp("tree")
    for part in TREE:
        (tree / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
        copy(ROOT / part, tree / part)
    keys = [(file, profile) for file, profile, _ in CASES]
    environment = {"PYTHONPATH": f"{tree / 'src'}:{tree}", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", EDITS],
        input=json.dumps(keys),
        capture_output=True,
        text=True,
        check=True,
        cwd=tree,
        env=environment,
    )
    changes, calls_of = json.loads(done.stdout)
    return {key: (set(names), calls_of[key[1]]) for key, names in zip(keys, changes, strict=True)}


@pytest.mark.parametrize(
    ("file", "profile", "patterns"), CASES, ids=[f"{file}-{profile}" for file, profile, _ in CASES]
)
def test_an_edit_reruns_exactly_the_calls_whose_results_it_can_change(changed, file, profile, patterns):
    reruns, all_calls = changed[file, profile]
    expected = {name for pattern in patterns.split() for name in all_calls if fnmatch(name, pattern)}
    assert reruns - {"crate"} == expected - {"crate"}
    assert expected or not patterns


def test_every_call_writes_files_that_no_other_writes_and_reads_files_that_an_earlier_one_wrote():
    for file in PROFILES.glob("*.yaml"):
        written: set[str] = set()
        all_calls = placed_calls(file.stem)
        for placed in all_calls:
            outputs = set(map(placed.placed, placed.call.outputs))
            assert written.isdisjoint(outputs), placed.id
            written |= outputs
        for placed in all_calls:
            assert set(map(placed.placed, placed.call.inputs)) <= written, placed.id
            assert all(artifact_of(path) for path in placed.call.inputs + placed.call.outputs)
        assert len({placed.id for placed in all_calls}) == len(all_calls)


def test_every_call_comes_after_those_that_write_what_it_reads():
    """In the lab, a head writes the responses of a pair that another head is learned from."""
    for profile in ("lab", "paper"):
        written: set[str] = set()
        for one in calls(load_profile(PROFILES / f"{profile}.yaml")):
            assert set(one.inputs) <= written, one.id
            written |= set(one.outputs)


def test_the_declarations_load_no_torch():
    code = "import sys, repro.workflow; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_stage_scripts_are_short_and_all_declared():
    scripts = {path.stem: path for path in (ROOT / "repro" / "stages").glob("*.py")}
    assert set(scripts) == STAGES.keys() | OPTIONAL.keys()
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in scripts.items()}
    assert {name: length for name, length in lengths.items() if length > 80} == {}


def test_the_generated_page_is_up_to_date():
    assert README.read_text(encoding="utf-8") == readme(), "run `invoke docs`"
