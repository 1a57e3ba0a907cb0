"""A new benchmark is a module of its own and an entry in a profile; nothing else has to change."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from repro.engine.paths import ROOT
from superficial.benchmarks import benchmark_module, benchmark_names, reader_names
from superficial.config.questions import BenchmarkQuestions
from superficial.measures.scores import MEASURES

CHESS = '''
"""Chess: the best move in a position."""
from superficial.judges import Judgement
from superficial.measures.measure import Measure
from superficial.sources.question import Question, id_from_text

MEASURES = {"best_move": Measure("Best move", "chess", better="higher")}
COLUMNS = ("position", "move")


def read_question(row, file_stem, position):
    return Question(id_from_text("chess", row["position"]), row["position"], {"move": row["move"]})


def judge(benchmark, response, reference):
    return Judgement(float(response.strip() == reference["move"]), False, False)
'''

USE = """
import json
from pathlib import Path
from repro.engine.call import call
from repro.workflow import STAGES
from superficial.config import load_profile
from superficial.judges.scoring import score_benchmarks
from superficial.measures.clusters import question_clusters
from superficial.measures.scores import estimate
from superficial.sources.splits import question_tables

profile = load_profile(Path("repro/profiles/chess.yaml"))
source = profile.sources["real"]
source = source.model_copy(update={"questions": {"chess": source.questions["chess"]}})
questions = question_tables(source, (Path(),))["test"]
scores = score_benchmarks(profile, questions.assign(response=["Qxf7", "a3"]), Path())
scores["cluster"] = question_clusters("chess", scores)
calls = (("questions", "real"), ("score", "superficial.benchmarks.chess.judge"), ("tables", ""))
code = {stage: call(profile, STAGES[stage], name).modules for stage, name in calls}
print(json.dumps({"value": estimate({"chess": scores}, "best_move").value, "code": code}))
"""


def test_a_benchmark_is_added_by_a_module_and_a_profile(tmp_path):
    for folder in ("src", "repro"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "expected"))
    (tmp_path / "src" / "superficial" / "benchmarks" / "chess.py").write_text(CHESS)
    (tmp_path / "chess.jsonl").write_text(
        "".join(json.dumps({"position": position, "move": "Qxf7"}) + "\n" for position in ("first", "second"))
    )
    table = "[{file: chess.jsonl}]"
    expected = "{train: 0, test: 2, prompt_tokens: 9, response_tokens: 9}"
    template = '{plain: "{question}", chat: "{question}"}'
    (tmp_path / "repro" / "profiles" / "chess.yaml").write_text(
        "extends: small\nname: chess\nevaluated_benchmarks: [chess]\none_head_per_benchmark: {chess: gsm}\n"
        'benchmarks: {chess: {judge: "superficial.benchmarks.chess:judge"}}\n'
        "sources:\n  real:\n    questions:\n"
        f"      chess: {{reader: chess, train: [], test: {table}, split_list: null, expected: {expected}, "
        f"template: {template}}}\n"
    )
    environment = os.environ | {"PYTHONPATH": f"{tmp_path / 'src'}:{tmp_path}"}
    done = subprocess.run(
        [sys.executable, "-c", USE], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["value"] == 0.5
    assert all("superficial.benchmarks.chess" in modules for modules in result["code"].values())


def test_every_benchmark_declares_measures_of_its_own():
    for name in benchmark_names():
        for measure, declared in benchmark_module(name).MEASURES.items():
            assert declared.benchmark == name
            assert MEASURES[measure] is declared


def test_measures_are_in_the_order_of_the_papers_tables():
    table_1 = ["gsm", "toxi_score", "harm_rate", "harm_score", "info_true"]
    assert [name for name in MEASURES if name in table_1] == table_1


@pytest.mark.parametrize("reader", ["chess", "marks"])
def test_an_unknown_reader_is_refused(reader):
    with pytest.raises(ValueError, match=f"the readers are {', '.join(reader_names())}"):
        BenchmarkQuestions.model_validate({"reader": reader})
