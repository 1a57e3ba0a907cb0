"""Each fault of a hub, a network or a disk ends in one sentence, and the next attempt resumes (`pytest -m slow`).

The cheapest faults are tested with the other modules of this folder, and these in every test run.
"""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repro.engine.paths import ROOT
from repro.engine.rehearsal.hub import Fault, StandInRepository
from tests.support.hub import BEGIN, COMMIT, DOWNLOAD, SHARDS, WEIGHTS, client, environment_of, error_of, write_model

PAGE = b"<!DOCTYPE html><html><body>Please sign in.</body></html>"
RETRIED = "trying again"
# The fault, and the sentence; {} is the address of the hub.
LASTING = {
    "the hub refuses": (Fault("/api/", status=403), "a/b cannot be downloaded, status 403: set HF_TOKEN"),
    "the hub is down": (Fault("/api/", status=503), "a/b cannot be downloaded, status 503: try again later"),
    "too many requests": (Fault("/api/", status=429), "a/b cannot be downloaded, status 429: try again later"),
    "the network asks for a login": (
        Fault("/api/", status=200, body=PAGE),
        "a/b cannot be downloaded: {} answered with a web page",
    ),
    "the network asks for a login later": (
        Fault("HEAD .*config", status=200, body=PAGE),
        "a/b cannot be downloaded: {} answered with a web page",
    ),
    "the storage is down": (Fault("GET /storage", status=503), "a/b cannot be downloaded, status 503: try again later"),
    "bodies of a wrong size": (Fault("GET /storage", "short"), "a file keeps arriving with the wrong size"),
    "bodies with a flipped bit": (Fault("GET /storage", "flip"), "differs from the hub's hash after two downloads"),
    "a file that is listed is gone": (
        Fault(f"/resolve/.*{SHARDS[0]}", status=404, headers={"X-Error-Code": "EntryNotFound"}),
        "a/b@012345678 lists a file that it does not have",
    ),
    "the commit is gone": (
        Fault("/api/", status=404, headers={"X-Error-Code": "RevisionNotFound"}),
        f"a/b no longer has the commit {COMMIT}: see {{}}/a/b.",
    ),
    "the licence is not accepted": (
        Fault("/resolve/", status=403, headers={"X-Error-Code": "GatedRepo"}),
        "a/b is gated: accept its licence on {}/a/b and set HF_TOKEN to a token of that account.",
    ),
    "nobody may see it": (
        Fault("/api/", status=401, headers={"X-Error-Code": "RepoNotFound"}),
        "a/b does not exist, or this token cannot see it: see {}/a/b, and set HF_TOKEN to a valid one.",
    ),
}
# Faults that pass: the download succeeds in the same call.
PASSING = {
    "three refusals for too many requests": Fault("/api/", status=429, headers={"Retry-After": "1"}, times=3),
    "the hub is down for three requests": Fault("HEAD", status=503, times=3),
    "the storage is down for two requests": Fault("GET /storage", status=503, times=2),
    "an expired link": Fault("GET /storage", status=403, times=1),
    "a body that is cut": Fault("GET /storage", "cut", times=3),
    "a connection that is reset": Fault("GET /storage", "reset", times=3),
    "a listing that is reset": Fault("GET /api/", "reset", times=2),
    "a body of a wrong size": Fault("GET /storage", "short", times=1),
    "a flipped bit": Fault("GET /storage", "flip", times=1),
}


def assert_resumes(hub, cache: Path) -> None:
    """Check that a further call succeeds, downloads nothing twice, and leaves nothing unfinished."""
    hub.faults.clear()
    complete = {path.resolve().name for path in cache.glob("hub/*/snapshots/*/*")}
    hub.requests.clear()
    done = client(hub, cache)
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.splitlines()[-1])
    assert (folder / SHARDS[0]).read_bytes() == WEIGHTS
    assert (folder / SHARDS[1]).read_bytes() == WEIGHTS[::-1]
    assert not list(cache.rglob("*.incomplete"))
    again = [name for name in complete if any(f"GET /storage/{name}" in request for request in hub.requests)]
    assert again == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_is_one_sentence_and_the_next_call_resumes(hub, tmp_path, fault):
    answer, sentence = LASTING[fault]
    hub.faults.append(answer)
    assert sentence.format(hub.address) in error_of(client(hub, tmp_path / "cache"))
    assert_resumes(hub, tmp_path / "cache")


@pytest.mark.slow
@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_waited_for(hub, tmp_path, fault):
    hub.faults.append(PASSING[fault])
    done = client(hub, tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert_resumes(hub, tmp_path / "cache")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({SHARDS[1]: None}, f"a/b@012345678: model.safetensors.index.json names {SHARDS[1]}, which the repository"),
        ({"tokenizer.json": None}, "a/b@012345678 has no tokenizer: none of tokenizer.json, tokenizer.model, vocab"),
        ({"config.json": None}, "a/b@012345678 is not a checkpoint: it has no config.json"),
        (dict.fromkeys((*SHARDS, "pytorch_model.bin")), "a/b@012345678 has no weights in safetensors or PyTorch's"),
    ],
)
def test_a_repository_that_lacks_a_file_is_refused_before_its_weights_are_downloaded(hub, tmp_path, files, sentence):
    hub.repositories["a/b"] = StandInRepository(write_model(tmp_path / "other", **files))
    assert sentence in error_of(client(hub, tmp_path / "cache"))
    assert not [request for request in hub.requests if "storage" in request]


@pytest.mark.slow
def test_a_token_that_is_wrong_and_one_without_access(hub, tmp_path):
    hub.repositories["a/b"] = StandInRepository(tmp_path / "published", gated=True)
    gated = f"a/b is gated: accept its licence on {hub.address}/a/b and set HF_TOKEN to a token of that account."
    for token, sentence in (("hf_other", gated), ("", gated), ("nonsense", "HF_TOKEN is not a valid token: create")):
        assert sentence in error_of(client(hub, tmp_path / "cache", token=token)), token
    assert_resumes(hub, tmp_path / "cache")


@pytest.mark.slow
def test_a_repository_that_moved_is_read_at_its_commit(hub, tmp_path):
    hub.repositories["c/d"] = hub.repositories.pop("a/b")
    moved = {"Location": f"{hub.address}/api/models/c/d/tree/{COMMIT}?recursive=true&expand=false"}
    hub.faults.append(Fault("GET /api/models/a/b/tree", status=307, headers=moved))
    for name in ("config.json", "tokenizer.json", "model.safetensors.index.json", *SHARDS):
        place = f"/c/d/resolve/{COMMIT}/{name}"
        hub.faults.append(Fault(f"/a/b/resolve/{COMMIT}/{name}", status=307, headers={"Location": place}))
    done = client(hub, tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert (Path(done.stdout.splitlines()[-1]) / SHARDS[0]).read_bytes() == WEIGHTS


@pytest.mark.slow
def test_a_hub_that_sends_another_commit_is_noticed(hub, tmp_path):
    other = "f" * 40
    hub.faults.append(Fault("/resolve/.*config.json", status=200, headers={"X-Repo-Commit": other, "ETag": '"1"'}))
    assert f"the hub sent config.json of another commit, {other}" in error_of(client(hub, tmp_path / "cache"))


@pytest.mark.slow
def test_a_full_disk_of_the_cache_is_told_as_such(hub, tmp_path):
    full = (
        "import errno, shutil\nfrom superficial.downloads import hub\n"
        "def write(*_, **__): raise OSError(errno.ENOSPC, 'No space left on device')\n"
    )
    sentence = f"a/b: The disk of {tmp_path / 'cache' / 'hub'} is full; free some space there, or set HF_HOME to a"
    assert sentence in error_of(client(hub, tmp_path / "cache", f"{full}hub.hf_hub_download = write\n{DOWNLOAD}"))
    little = f"{full}shutil.disk_usage = lambda _: shutil._ntuple_diskusage(10, 9, 1)\n{DOWNLOAD}"
    assert "where 0.0 GB are free; free some space there" in error_of(client(hub, tmp_path / "cache", little))
    assert_resumes(hub, tmp_path / "cache")


@pytest.mark.slow
def test_a_download_that_is_killed_resumes_and_its_leftovers_are_removed(hub, tmp_path):
    cache, large = tmp_path / "cache", WEIGHTS * 4096
    (tmp_path / "published" / SHARDS[0]).write_bytes(large)
    for _ in range(3):
        command = [sys.executable, "-c", BEGIN + DOWNLOAD]
        process = subprocess.Popen(command, cwd=ROOT, env=environment_of(hub, cache), stderr=subprocess.DEVNULL)
        while process.poll() is None and not list(cache.rglob("*.incomplete")):
            time.sleep(0.001)
        process.kill()
        process.wait()
    done = client(hub, cache)
    assert (Path(done.stdout.splitlines()[-1]) / SHARDS[0]).read_bytes() == large
    assert not list(cache.rglob("*.incomplete"))


@pytest.mark.slow
def test_xet_that_is_blocked_is_named_with_the_way_around_it(hub, tmp_path):
    route = f"{hub.address}/api/models/a/b/xet-read-token/{COMMIT}"
    for path in (tmp_path / "published").glob("*.safetensors"):
        content = path.read_bytes()
        headers = {"X-Repo-Commit": COMMIT, "X-Xet-Hash": "1" * 64, "X-Xet-Refresh-Route": route}
        headers |= {"X-Linked-Size": str(len(content)), "X-Linked-Etag": hashlib.sha256(content).hexdigest()}
        hub.faults.append(Fault(f"HEAD .*{path.name}", status=200, headers=headers))
    token = {"X-Xet-Cas-Url": hub.address, "X-Xet-Access-Token": "t", "X-Xet-Token-Expiration": "9999999999"}
    hub.faults.append(Fault("/xet-read-token/", status=200, headers=token))
    hub.faults.append(Fault("/reconstructions/", status=403))
    last = error_of(client(hub, tmp_path / "cache", HF_HUB_DISABLE_XET="0"))
    assert last.startswith("a/b cannot be transferred by Xet, the hub's storage service")
    assert last.endswith("set HF_HUB_DISABLE_XET=1 to download over plain HTTPS.")
    assert any("/reconstructions/" in request for request in hub.requests)
    assert_resumes(hub, tmp_path / "cache")
