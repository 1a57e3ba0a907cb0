"""Checkpoints from the stand-in hub or from a folder, and the models that users name."""

import shutil
from pathlib import Path

import pytest

from repro.engine.paths import ROOT
from repro.engine.rehearsal.hub import StandInHub, StandInRepository, serving
from superficial.config.checkpoints import Checkpoint
from superficial.models.hub import checkpoint_folder, fetch_checkpoint
from tests.support.hub import SHARDS, client, error_of, write_model

FOLDER = """
from superficial.models.hub import checkpoint_folder
try:
    print(checkpoint_folder("a/b"))
except ValueError as error:
    sys.exit(str(error))
"""
STAGE = f"""
from pathlib import Path
from repro.stages.fetch import main
from superficial.config import load_profile
try:
    main(load_profile(Path({str(ROOT / "repro" / "profiles" / "paper.yaml")!r})), Path(), "llama-13b")
except ValueError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def hub(tmp_path):
    repositories = {
        "a/b": StandInRepository(write_model(tmp_path / "published")),
        "meta-llama/Llama-2-13b-hf": StandInRepository(tmp_path / "published", gated=True),
    }
    server = StandInHub(repositories)
    with serving(server):
        yield server


def test_a_gated_model_stops_its_stage_and_names_the_rows_that_do_not_need_it(hub, tmp_path):
    last = error_of(client(hub, tmp_path / "cache", STAGE, token="hf_other"))
    page = f"{hub.address}/meta-llama/Llama-2-13b-hf"
    assert f"meta-llama/Llama-2-13b-hf is gated: accept its licence on {page} and set HF_TOKEN" in last
    needing, others = last.split("Rows that need it: ")[1].split(". Rows that do not: ")
    assert others.startswith("7B, 7B-Chat, 7B+Urial")
    assert "13B+" not in others
    assert "13B+Superficial" in needing


def test_a_model_that_a_user_names_is_a_folder_or_an_id_on_the_hub(hub, tmp_path):
    first = client(hub, tmp_path / "cache", FOLDER).stdout.strip()
    assert (Path(first) / SHARDS[0]).is_file()
    # Without a network the copy in the cache will do.
    assert client("http://127.0.0.1:9", tmp_path / "cache", FOLDER).stdout.strip() == first
    assert checkpoint_folder(str(tmp_path)) == tmp_path


def test_without_a_network_a_copy_that_another_program_downloaded_is_checked_by_its_hashes(hub, tmp_path):
    cache, nowhere = tmp_path / "cache", "http://127.0.0.1:9"
    first = client(hub, cache, FOLDER).stdout.strip()
    # The hub library keeps no list of what is complete.
    shutil.rmtree(cache / "superficial")
    assert client(nowhere, cache, FOLDER).stdout.strip() == first
    weights = (Path(first) / SHARDS[0]).resolve()
    content = weights.read_bytes()
    weights.write_bytes(b"x" + content[1:])
    assert f"{SHARDS[0]} in {cache}" in error_of(client(nowhere, cache, FOLDER))
    weights.write_bytes(content)
    (Path(first) / SHARDS[1]).unlink()
    assert f"names {SHARDS[1]}, which the repository does not have" in error_of(client(nowhere, cache, FOLDER))


def test_a_model_that_is_neither_a_folder_nor_on_the_hub_is_one_sentence(hub, tmp_path):
    hub.repositories.clear()
    last = error_of(client(hub, tmp_path / "cache", FOLDER))
    assert "There is no folder a/b, and it cannot be downloaded: a/b does not exist, or this token cannot see" in last
    for name in ("./a", "/a", "~/a", "a/b/c"):
        with pytest.raises(ValueError, match=f"There is no folder {name}.$"):
            checkpoint_folder(name)
    with pytest.raises(ValueError, match="'a b' is not the id of a repository"):
        checkpoint_folder("a b")


def test_a_hub_that_cannot_be_reached_is_one_sentence(tmp_path):
    assert "http://127.0.0.1:9 cannot be reached" in error_of(client("http://127.0.0.1:9", tmp_path / "cache"))


def test_a_folder_must_be_a_checkpoint_with_safetensors(tmp_path):
    def fetch():
        return fetch_checkpoint(Checkpoint(path="model"), "bfloat16", tmp_path)

    (tmp_path / "model").mkdir()
    with pytest.raises(ValueError, match=r"is not a checkpoint: it has no config\.json"):
        fetch()
    (tmp_path / "model" / "config.json").write_text("{}")
    (tmp_path / "model" / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ValueError, match=r"folder:model has no weights in safetensors.* set revision to a commit"):
        fetch()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"weights")
    assert fetch().files == {"model.safetensors": 7}
