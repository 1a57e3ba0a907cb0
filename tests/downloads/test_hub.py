"""Downloads from the stand-in hub: what is fetched, checked and remembered."""

from pathlib import Path

from repro.engine.rehearsal.hub import Fault
from tests.support.commands import flip_a_bit
from tests.support.hub import COMMIT, SHARDS, WEIGHTS, client, error_of


def test_a_model_is_downloaded_once_checked_and_read_without_a_network_later(hub, tmp_path):
    done = client(hub, tmp_path / "cache")
    folder = Path(done.stdout.strip())
    assert folder.name == COMMIT
    assert (folder / SHARDS[0]).read_bytes() == WEIGHTS
    # Neither the pickled weights nor those for other programs; one listing, and a HEAD and a GET for each file.
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        *SHARDS,
        "model.safetensors.index.json",
        "tokenizer.json",
    ]
    assert len(hub.requests) == 1 + 2 * 5
    hub.requests.clear()
    assert client(hub, tmp_path / "cache").stdout.strip() == str(folder)
    assert client("http://127.0.0.1:9", tmp_path / "cache").stdout.strip() == str(folder)
    assert hub.requests == []


def test_a_flipped_bit_is_found_and_the_file_is_downloaded_again(hub, tmp_path):
    hub.faults.append(Fault("GET /storage", "flip", times=1))
    done = client(hub, tmp_path / "cache")
    assert f"{SHARDS[0]} differs from the hub's hash; downloading it again" in done.stdout
    file = Path(done.stdout.splitlines()[-1]) / SHARDS[0]
    assert file.read_bytes() == WEIGHTS
    # On the disk, later: its time of change is another, so its content is looked at again.
    flip_a_bit(file)
    assert "downloading it again" in client(hub, tmp_path / "cache").stdout
    assert file.read_bytes() == WEIGHTS


def test_a_file_that_never_arrives_as_listed_is_refused(hub, tmp_path):
    hub.faults.append(Fault("GET /storage", "flip"))
    message = f"{SHARDS[0]} differs from the hub's hash after two downloads"
    assert message in error_of(client(hub, tmp_path / "cache"))
    assert not list((tmp_path / "cache").rglob("*.safetensors"))
