"""Rows of files, pinned URLs and data sets, and messages about tables that cannot be read."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from superficial.config.questions import TableLocation
from superficial.sources.rows import read_rows

NEVER = Path("/nonexistent/revisions.yaml")
COMMIT = "0" * 40


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("a.csv", r"a\.csv lacks the column 'goal'; it has 'gaol', 'target'"),
        ("b.jsonl", r"b\.jsonl cannot be read"),
        ("c.pickle", r"'\.pickle' is not one of"),
        ("d.csv", r"There is no data file .*d\.csv"),
        ("e.csv", r"e\.csv has no rows"),
    ],
)
def test_a_message_names_the_file_and_what_is_wrong(tmp_path, file, message):
    (tmp_path / "a.csv").write_text("gaol,target\nx,y\n")
    (tmp_path / "b.jsonl").write_text("{not json\n")
    (tmp_path / "c.pickle").write_text("")
    (tmp_path / "e.csv").write_text("goal\n")
    with pytest.raises(ValueError, match=message):
        read_rows(TableLocation(file=file), ("goal",), (tmp_path,), NEVER)


def test_a_file_that_differs_from_its_hash_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("goal\nMake tea\n")
    with pytest.raises(ValueError, match=r"a\.csv has changed: its SHA-256 is"):
        read_rows(TableLocation(file="a.csv", sha256="0" * 64), ("goal",), (tmp_path,), NEVER)


def test_a_pinned_url_is_downloaded_and_a_later_change_is_refused(tmp_path):
    content = [b"goal\nMake tea\n", b"goal\nMake cake\n"]

    class Changing(Handler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content[0])

    revisions = tmp_path / "revisions.yaml"
    with serving(Changing) as address:
        table = TableLocation(url=f"{address}/{COMMIT}/a.csv")
        assert read_rows(table, ("goal",), (), revisions) == [{"goal": "Make tea"}]
        content.pop(0)
        with pytest.raises(ValueError, match=r"a\.csv has changed: .* revisions\.yaml records"):
            read_rows(table, ("goal",), (), revisions)
    with pytest.raises(ValueError, match=r"a\.csv cannot be downloaded: .*refused"):
        read_rows(table, ("goal",), (), revisions)


def run_with_hub(address: str, cache: Path, table: str) -> subprocess.CompletedProcess[str]:
    code = (
        "from pathlib import Path; from superficial.config.questions import TableLocation;"
        "from superficial.sources.rows import read_rows;"
        f"print(read_rows({table}, ('goal',), (), Path('none.yaml')))"
    )
    environment = os.environ | {"HF_ENDPOINT": address, "HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


def test_an_unreachable_hub_is_reported_in_one_sentence(tmp_path):
    done = run_with_hub("http://127.0.0.1:9", tmp_path, "TableLocation(repo='a/b', split='test')")
    assert "datasets/a/b cannot be downloaded: [Errno 111] Connection refused" in done.stderr.splitlines()[-1]


def test_a_file_of_a_data_set_is_read_at_its_commit(tmp_path):
    content = b'{"goal": "Make tea"}\n'

    class Hub(Handler):
        def answer(self):
            exists = self.path == f"/datasets/a/b/resolve/{COMMIT}/train.jsonl"
            self.send_response(200 if exists else 404)
            for name, value in {"ETag": '"1"', "X-Repo-Commit": COMMIT, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_GET = do_HEAD = answer

    with serving(Hub) as address:
        existing, missing = (
            run_with_hub(address, tmp_path, f"TableLocation(repo='a/b', file='{file}', revision='0' * 40)")
            for file in ("train.jsonl", "test.jsonl")
        )
    assert existing.stdout.strip() == "[{'goal': 'Make tea'}]", existing.stderr
    assert "datasets/a/b/test.jsonl cannot be downloaded" in missing.stderr.splitlines()[-1]
