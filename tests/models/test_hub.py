"""Downloads from a hub on loopback that refuses, changes and breaks as the real one does."""

import errno
import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from repro.engine.paths import ROOT
from superficial.config.checkpoints import Checkpoint
from superficial.models import hub as hub_module
from superficial.models.hub import checkpoint_folder, fetch_checkpoint
from superficial.revisions import read_revision
from tests.support.commands import HANGING

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NEWER = "f" * 40
# In a process of its own: the hub library reads its settings when it is imported.
FETCH = (
    "import sys; from pathlib import Path; from superficial.config.checkpoints import Checkpoint;"
    "from superficial.models.hub import fetch_checkpoint;"
    "checkpoint = Checkpoint(repo='a/b', revision=sys.argv[2] or None);"
    "pointer = fetch_checkpoint(checkpoint, 'bfloat16', Path(), Path(sys.argv[1]));"
    "print(pointer.folder, pointer.identity)"
)
FOLDER = "import sys; from superficial.models.hub import checkpoint_folder; print(checkpoint_folder(sys.argv[1]))"


@pytest.fixture
def start_hub():
    """Start hubs that reply to a path with a status, headers and a body; stop them at the end."""
    servers = []

    def start(reply) -> str:
        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                status, headers, body = reply(self.path)
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = answer

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def python(folder: Path, endpoint: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with an empty cache of the hub in `folder`, on the hub at `endpoint`."""
    environment = os.environ | {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hub"), "HF_TOKEN": "hf_wrong"}
    environment |= {"HF_HUB_DISABLE_XET": "1", "NO_PROXY": "127.0.0.1"}
    # Of the hub's client, in seconds: on a loaded machine even a hub on loopback may take longer than its ten.
    environment |= {"HF_HUB_ETAG_TIMEOUT": str(HANGING), "HF_HUB_DOWNLOAD_TIMEOUT": str(HANGING)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def repository(files: dict[str, bytes], commits: list[str]):
    """Return the replies of a hub that has one repository at the last of `commits`."""

    def reply(path: str):
        if "/tree/" in path:
            tree = [{"type": "file", "path": n, "size": len(c), "oid": "0" * 40} for n, c in files.items()]
            return 200, {"Content-Type": "application/json"}, json.dumps(tree).encode()
        if path.startswith("/api/models/a/b"):
            card = {"id": "a/b", "sha": commits[-1], "siblings": [{"rfilename": name} for name in files]}
            return 200, {"Content-Type": "application/json"}, json.dumps(card).encode()
        name = path.split("/")[-1].split("?")[0]
        if name not in files:
            return 404, {}, b""
        return 200, {"ETag": f'"{name}{commits[-1][:5]}"', "X-Repo-Commit": commits[-1]}, files[name]

    return reply


REFUSALS = [
    (403, "GatedRepo", "a/b is gated: accept its licence on {}/a/b and set HF_TOKEN to a token of that account."),
    (404, "RevisionNotFound", f"a/b no longer has the commit {COMMIT}: see {{}}/a/b."),
    (
        401,
        "RepoNotFound",
        "a/b does not exist, or this token cannot see it: see {}/a/b, and set HF_TOKEN to a valid one",
    ),
    (403, "", "a/b cannot be downloaded, status 403: set HF_TOKEN to a valid token (page {}/a/b)"),
    (500, "", "a/b cannot be downloaded, status 500: try again later (page {}/a/b)"),
]


@pytest.mark.parametrize(("status", "code", "message"), REFUSALS)
def test_a_refusal_of_the_hub_is_one_sentence(start_hub, tmp_path, status, code, message):
    endpoint = start_hub(lambda _: (status, {"X-Error-Code": code} if code else {}, b""))
    done = python(tmp_path, endpoint, "-c", FETCH, str(tmp_path / "r.yaml"), COMMIT)
    assert message.format(endpoint) in done.stderr.splitlines()[-1]


def test_a_hub_that_cannot_be_reached_is_one_sentence(tmp_path):
    done = python(tmp_path, "http://127.0.0.1:9", "-c", FETCH, str(tmp_path / "r.yaml"), COMMIT)
    assert "http://127.0.0.1:9 cannot be reached" in done.stderr.splitlines()[-1]


def test_a_gated_model_stops_its_stage_and_names_the_rows_that_do_not_need_it(start_hub, tmp_path):
    endpoint = start_hub(lambda _: (403, {"X-Error-Code": "GatedRepo"}, b""))
    profile = str(ROOT / "repro" / "profiles" / "paper.yaml")
    stage = ("-m", "repro.engine.stage", "fetch", profile, str(tmp_path / "out"), "--name", "llama-13b")
    last = python(tmp_path, endpoint, *stage).stderr.splitlines()[-1]
    assert "meta-llama/Llama-2-13b-hf is gated" in last
    rows = last.split("Rows that do not need llama-13b: ")[1]
    assert rows.startswith("7B, 7B-Chat, 7B+Urial")
    assert "13B+" not in rows


def test_a_first_download_is_recorded_and_the_same_commit_is_fetched_later(start_hub, tmp_path):
    files = {
        "config.json": b"{}",
        "model.safetensors": b"\0" * 8,
        "pytorch_model.bin": b"no",
        "onnx/config.json": b"{}",
    }
    commits = [COMMIT]
    endpoint, revisions = start_hub(repository(files, commits)), tmp_path / "revisions.yaml"
    command = ("-c", FETCH, str(revisions), "")
    done = python(tmp_path, endpoint, *command)
    assert done.returncode == 0, done.stderr
    folder, identity = done.stdout.split()
    assert identity == f"a/b@{COMMIT[:9]}"
    assert sorted(path.name for path in Path(folder).iterdir()) == ["config.json", "model.safetensors"]
    assert read_revision(revisions, "a/b") == COMMIT
    commits.append(NEWER)
    assert python(tmp_path, endpoint, *command).stdout.split()[1] == identity


def test_a_model_that_a_user_names_is_a_folder_or_an_id_on_the_hub(start_hub, tmp_path):
    endpoint = start_hub(repository({"config.json": b"{}", "model.safetensors": b"\0" * 8}, [COMMIT]))
    first = python(tmp_path, endpoint, "-c", FOLDER, "a/b").stdout.strip()
    assert (Path(first) / "model.safetensors").is_file()
    # Without a network the copy in the cache will do.
    assert python(tmp_path, "http://127.0.0.1:9", "-c", FOLDER, "a/b").stdout.strip() == first
    assert checkpoint_folder(str(tmp_path)) == tmp_path


def test_a_model_that_is_neither_a_folder_nor_on_the_hub_is_one_sentence(start_hub, tmp_path):
    endpoint = start_hub(lambda _: (401, {"X-Error-Code": "RepoNotFound"}, b""))
    last = python(tmp_path, endpoint, "-c", FOLDER, "a/b").stderr.splitlines()[-1]
    assert "There is no folder a/b, and it cannot be downloaded: a/b does not exist, or this token cannot see" in last
    for name in ("./a", "/a", "~/a", "a/b/c"):
        with pytest.raises(ValueError, match=f"There is no folder {name}.$"):
            checkpoint_folder(name)
    with pytest.raises(ValueError, match="'a b' is not the id of a repository"):
        checkpoint_folder("a b")


def test_a_snapshot_must_be_a_checkpoint_of_the_recorded_commit(tmp_path, monkeypatch):
    folder, revisions, commits = tmp_path / "snapshot", tmp_path / "revisions.yaml", [COMMIT]
    folder.mkdir()
    monkeypatch.setattr(hub_module, "download", lambda repo, _: (folder, commits[-1]))

    def fetch():
        return fetch_checkpoint(Checkpoint(repo="a/b"), "bfloat16", tmp_path, revisions)

    with pytest.raises(ValueError, match=r"is not a checkpoint: it has no config\.json"):
        fetch()
    (folder / "config.json").write_text("{}")
    with pytest.raises(ValueError, match=r"a/b@012345678 has no weights in safetensors.* set revision to a commit"):
        fetch()
    commits.append(NEWER)
    message = rf"a/b has changed: it is {NEWER} now, but revisions\.yaml records {COMMIT}"
    with pytest.raises(ValueError, match=message):
        fetch()


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hub_module, "snapshot_download", full)
    with pytest.raises(ValueError, match=r"The disk of .* is full; set HF_HOME to a larger one"):
        fetch_checkpoint(Checkpoint(repo="a/b", revision=COMMIT), "bfloat16", tmp_path, tmp_path / "revisions.yaml")
