"""Question files in their real schemas: the paper's split where the files are here, and what is wrong with bad ones."""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from repro.engine.paths import ROOT
from superficial.benchmarks import gsm, mmlu
from superficial.benchmarks.questions import committed_ids, held_out, question_tables, read_items
from superficial.benchmarks.rows import read_rows
from superficial.config import load_profile
from superficial.config.external import Questions, Source, Table

FIXTURES = ROOT / "tests" / "fixtures" / "questions"
DATA = ROOT.parent / "shared" / "data"
PAPER = load_profile(ROOT / "repro" / "profiles" / "paper.yaml")
real = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real question files are not in {DATA}")
NEVER = Path("/nonexistent/revisions.yaml")


def questions(reader: str, train: str, test: str, ids: str | None = None) -> Questions:
    like = PAPER.sources["real"].questions["gsm"]
    parts = {"train": [{"file": train}], "test": [{"file": test}]}
    return Questions(reader=reader, ids=ids, template=like.template, expected=like.expected, **parts)


def source(of: Questions) -> Source:
    return Source(validation_share=0.05, questions={"gsm": of}, context=PAPER.sources["real"].context)


def test_the_committed_split_is_the_papers_and_its_parts_are_apart():
    sizes = {"gsm": (1000, 1319), "toxigen": (1000, 2800), "advbench": (420, 100), "truthfulqa": (712, 100)}
    for name, (train, test) in sizes.items():
        ids = {split: committed_ids(name, split) for split in ("train", "test")}
        assert (len(set(ids["train"])), len(set(ids["test"]))) == (train, test) == tuple(map(len, ids.values()))
        assert not set(ids["train"]) & set(ids["test"])


@real
@pytest.mark.parametrize(
    ("reader", "train", "test", "sizes"),
    [
        ("gsm", "gsm/train.jsonl", "gsm/test.jsonl", (1000, 1319)),
        ("advbench", "advbench/train.csv", "advbench/test.csv", (420, 100)),
        ("truthfulqa", "truthfulqa/train.csv", "truthfulqa/test.csv", (712, 100)),
    ],
)
def test_real_files_hold_the_papers_split(reader, train, test, sizes):
    tables = question_tables(source(questions(reader, train, test, ids=reader)), (DATA,), NEVER)
    assert (len(tables["train"]) + len(tables["validation"]), len(tables["test"])) == sizes
    assert len(tables["validation"]) == round(0.05 * sizes[0])
    assert not set(tables["train"]["prompt"]) & set(tables["validation"]["prompt"])


@real
def test_every_gsm_answer_scores_its_own_solution_right():
    items = list(read_items(questions("gsm", "", ""), [Table(file="gsm/test.jsonl")], (DATA,), NEVER))
    rows = read_rows(Table(file="gsm/test.jsonl"), gsm.COLUMNS, (DATA,), NEVER)
    for item, row in zip(items, rows, strict=True):
        assert gsm.judge("gsm", row["answer"], item.reference).score == 1


@pytest.mark.parametrize(
    ("response", "number"),
    [("so 1,000 in all.", 1000), ("20-5=15", 15), ("It is -3", -3), ("$2.50", 2.5), ("16-3", 3), ("none", None)],
)
def test_the_last_number_counts(response, number):
    assert gsm.last_number(response) == number


def test_the_letter_that_stands_alone_counts():
    assert [mmlu.judge("mmlu", text, {"answer": "B"}).score for text in ("B. Paris", "Answer: B", "A", "none")] == [
        1,
        1,
        0,
        0,
    ]


def test_held_out_questions_do_not_depend_on_their_order():
    items = list(read_items(questions("gsm", "", ""), [Table(file="gsm/train.jsonl")], (FIXTURES,), NEVER))
    assert held_out(items, 0.2) == held_out(items[::-1], 0.2)


def test_bad_files_are_named_with_what_is_wrong(tmp_path):
    (tmp_path / "a.csv").write_text("gaol,target\nx,y\n")
    (tmp_path / "b.jsonl").write_text("{not json\n")
    (tmp_path / "c.pickle").write_text("")
    for file, said in (
        ("a.csv", r"a\.csv lacks the column 'goal'; it has 'gaol', 'target'"),
        ("b.jsonl", r"b\.jsonl can not be read"),
        ("c.pickle", r"'\.pickle' is none of"),
        ("d.csv", r"There is no data file .*d\.csv"),
    ):
        with pytest.raises(ValueError, match=said):
            read_rows(Table(file=file), ("goal",), (tmp_path,), NEVER)
    with pytest.raises(ValueError, match=r"a\.csv has changed: its SHA-256 is"):
        read_rows(Table(file="a.csv", sha256="0" * 64), ("gaol",), (tmp_path,), NEVER)


def test_rows_come_from_a_pinned_address_and_a_change_of_it_is_refused(tmp_path):
    content = [b"goal\nMake tea\n", b"goal\nMake cake\n"]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content[0])

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        table = Table(url=f"http://127.0.0.1:{server.server_address[1]}/{'0' * 40}/a.csv")
        revisions = tmp_path / "revisions.yaml"
        assert read_rows(table, ("goal",), (), revisions) == [{"goal": "Make tea"}]
        content.pop(0)
        with pytest.raises(ValueError, match=r"a\.csv has changed: it is .* now, revisions\.yaml records"):
            read_rows(table, ("goal",), (), revisions)
        server.shutdown()
    with pytest.raises(ValueError, match=r"a\.csv can not be downloaded: .*refused"):
        read_rows(table, ("goal",), (), revisions)


def test_a_data_set_of_a_hub_that_is_not_reached_is_one_sentence(tmp_path):
    code = (
        "from pathlib import Path; from superficial.config.external import Table;"
        "from superficial.benchmarks.rows import read_rows;"
        "read_rows(Table(repo='a/b', split='test'), ('x',), (), Path('none.yaml'))"
    )
    environment = os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "datasets/a/b can not be had: [Errno 111] Connection refused" in done.stderr.splitlines()[-1]


def test_one_file_of_a_data_set_is_read_at_its_commit(tmp_path):
    commit, content = "0" * 40, b'{"goal": "Make tea"}\n'

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            wanted = self.path == f"/datasets/a/b/resolve/{commit}/train.jsonl"
            self.send_response(200 if wanted else 404)
            for name, value in {"ETag": '"1"', "X-Repo-Commit": commit, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_GET = do_HEAD = answer

        def log_message(self, *_):
            pass

    code = (
        "import sys; from pathlib import Path; from superficial.config.external import Table;"
        "from superficial.benchmarks.rows import read_rows;"
        "table = Table(repo='a/b', file=sys.argv[1], revision='0' * 40);"
        "print(read_rows(table, ('goal',), (), Path('none.yaml')))"
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        environment = os.environ | {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1"}
        read, lacking = (
            subprocess.run(
                [sys.executable, "-c", code, name], env=environment, capture_output=True, text=True, check=False
            )
            for name in ("train.jsonl", "test.jsonl")
        )
        server.shutdown()
    assert read.stdout.strip() == "[{'goal': 'Make tea'}]", read.stderr
    assert "datasets/a/b/test.jsonl can not be had" in lacking.stderr.splitlines()[-1]


def test_another_version_of_the_data_and_a_leak_are_refused():
    with pytest.raises(ValueError, match=r"lacks 1000 of the 1000 questions of the paper's split"):
        question_tables(source(questions("gsm", "gsm/train.jsonl", "gsm/test.jsonl", "gsm")), (FIXTURES,), NEVER)
    with pytest.raises(ValueError, match="in its train and in its test split"):
        question_tables(source(questions("gsm", "gsm/test.jsonl", "gsm/test.jsonl")), (FIXTURES,), NEVER)
