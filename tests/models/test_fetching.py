"""Checkpoints of a hub on loopback that refuses, changes and breaks as the real one does."""

import errno
import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from superficial.config.external import Checkpoint
from superficial.models import fetching
from superficial.models.checkpoints import Pointer, resolve, write_pointer
from superficial.models.fetching import fetch, weight_files
from superficial.revisions import recall

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FETCH = (
    "import sys; from pathlib import Path; from superficial.config.external import Checkpoint;"
    "from superficial.models.fetching import fetch;"
    "print(*fetch(Checkpoint(repo='a/b', revision=sys.argv[2] or None), Path(), Path(sys.argv[1])))"
)


@pytest.fixture
def hub():
    """Start hubs that answer a path by a function: a status, headers and a body; stop them in the end."""
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


def fetched(folder: Path, endpoint: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hub"), "HF_TOKEN": "hf_wrong"}
    environment |= {"HF_HUB_DISABLE_XET": "1", "NO_PROXY": "127.0.0.1"}
    return subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "GatedRepo", "a/b is gated: accept its licence on {}/a/b and set HF_TOKEN to a token of that account."),
        (404, "RevisionNotFound", f"a/b has no commit {COMMIT} any more: see {{}}/a/b."),
        (401, "RepoNotFound", "a/b is not there, or not for this token: see {}/a/b, and set HF_TOKEN to a valid token"),
        (403, "", "a/b can not be downloaded, status 403: set HF_TOKEN to a valid token (page {}/a/b)"),
    ],
)
def test_what_the_hub_refuses_is_said_in_one_sentence(hub, tmp_path, status, code, said):
    endpoint = hub(lambda _: (status, {"X-Error-Code": code} if code else {}, b""))
    done = fetched(tmp_path, endpoint, sys.executable, "-c", FETCH, str(tmp_path / "r.yaml"), COMMIT)
    assert said.format(endpoint) in done.stderr.splitlines()[-1]


def test_no_network_is_said_in_one_sentence(tmp_path):
    done = fetched(tmp_path, "http://127.0.0.1:9", sys.executable, "-c", FETCH, str(tmp_path / "r.yaml"), COMMIT)
    assert "http://127.0.0.1:9 can not be reached" in done.stderr.splitlines()[-1]


def test_a_gated_model_stops_its_stage_with_the_rows_that_do_without(hub, tmp_path):
    endpoint = hub(lambda _: (403, {"X-Error-Code": "GatedRepo"}, b""))
    profile = str(ROOT / "repro" / "profiles" / "paper.yaml")
    stage = ("-m", "repro.engine.stage", "fetch", profile, str(tmp_path / "out"), "--name", "llama-13b")
    command = (sys.executable, *stage)
    last = fetched(tmp_path, endpoint, *command).stderr.splitlines()[-1]
    assert "meta-llama/Llama-2-13b-hf is gated" in last
    rows = last.split("Rows that do without llama-13b: ")[1]
    assert rows.startswith("7B, 7B-Chat, 7B+Urial")
    assert "13B+" not in rows


def test_a_first_download_is_remembered_and_another_commit_refused(hub, tmp_path):
    """The protocol of the hub: what files a commit has, then each of them."""
    files = {"config.json": b"{}", "model.safetensors": b"\0" * 8, "pytorch_model.bin": b"no"}
    commits = [COMMIT]

    def reply(path: str):
        if "/tree/" in path:
            tree = [{"type": "file", "path": n, "size": len(c), "oid": "0" * 40} for n, c in files.items()]
            return 200, {"Content-Type": "application/json"}, json.dumps(tree).encode()
        if path.startswith("/api/models/a/b"):
            about = {"id": "a/b", "sha": commits[-1], "siblings": [{"rfilename": name} for name in files]}
            return 200, {"Content-Type": "application/json"}, json.dumps(about).encode()
        name = path.split("/")[-1].split("?")[0]
        if name not in files:
            return 404, {}, b""
        return 200, {"ETag": f'"{name}{commits[-1][:5]}"', "X-Repo-Commit": commits[-1]}, files[name]

    endpoint, revisions = hub(reply), tmp_path / "revisions.yaml"
    command = (sys.executable, "-c", FETCH, str(revisions), "")
    done = fetched(tmp_path, endpoint, *command)
    assert done.returncode == 0, done.stderr
    place, identity = done.stdout.split()
    assert identity == f"a/b@{COMMIT[:9]}"
    assert sorted(path.name for path in Path(place).iterdir()) == ["config.json", "model.safetensors"]
    assert recall(revisions, "a/b") == COMMIT
    # The hub has a newer one: what was recorded is still what is fetched.
    commits.append("f" * 40)
    assert fetched(tmp_path, endpoint, *command).stdout.split()[1] == identity


def test_a_changed_repository_a_full_disk_and_missing_weights_are_one_sentence(tmp_path, monkeypatch):
    folder = tmp_path / "snapshot"
    folder.mkdir()
    found = {"commit": COMMIT}
    monkeypatch.setattr(fetching, "_download", lambda repo, _: (folder, found["commit"]))
    revisions = tmp_path / "revisions.yaml"
    with pytest.raises(ValueError, match=r"is no checkpoint: it has no config\.json"):
        fetch(Checkpoint(repo="a/b"), tmp_path, revisions)
    (folder / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="a/b@012345678 has no weights in safetensors"):
        fetch(Checkpoint(repo="a/b"), tmp_path, revisions)
    found["commit"] = "f" * 40
    with pytest.raises(ValueError, match=rf"a/b has changed: it is f{{40}} now, revisions.yaml records {COMMIT}"):
        fetch(Checkpoint(repo="a/b"), tmp_path, revisions)
    monkeypatch.undo()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetching, "snapshot_download", full)
    with pytest.raises(ValueError, match=r"The disk of .* is full; set HF_HOME to a larger one"):
        fetch(Checkpoint(repo="a/b", revision=COMMIT), tmp_path, revisions)


def test_a_pointer_to_files_that_changed_is_refused(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "model.safetensors").write_bytes(b"12345678")
    (tmp_path / "model").mkdir()
    files = weight_files(tmp_path / "weights")
    write_pointer(tmp_path / "model", Pointer(str(tmp_path / "weights"), "bfloat16", "a/b@1", files))
    assert resolve(tmp_path / "model") == (tmp_path / "weights", "bfloat16")
    (tmp_path / "weights" / "model.safetensors").write_bytes(b"1")
    with pytest.raises(ValueError, match=r"a/b@1: model\.safetensors is no longer what it was"):
        resolve(tmp_path / "model")
