"""Rows of files, pinned addresses and data sets, and messages about tables that cannot be read."""

import pandas as pd
import pytest

from repro.engine.rehearsal.hub import Fault, StandInHub, StandInRepository, serving
from superficial.config.questions import TableLocation
from superficial.sources.rows import read_rows
from tests.support.hub import COMMIT, client, error_of

READ = """
from superficial.config.questions import TableLocation
from superficial.sources.rows import read_rows
try:
    print(read_rows(TableLocation({}), ("goal",), ()))
except ValueError as error:
    sys.exit(str(error))
"""
PARQUET = f"repo='a/b', revision='{COMMIT}', file='main/*.parquet'"


GATED = Fault("/resolve/", status=403, headers={"X-Error-Code": "GatedRepo"})


@pytest.fixture
def hub(tmp_path):
    """A hub with a data set in two Parquet files, and an address."""
    data_set, addresses = tmp_path / "published", tmp_path / "addresses"
    for number, goal in enumerate(("Make tea", "Make cake")):
        file = data_set / "main" / f"train-0000{number}-of-00002.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"goal": [goal], "choices": [["a", "b"]]}).to_parquet(file, index=False)
    (data_set / "broken").mkdir()
    (data_set / "broken" / "train.parquet").write_bytes(file.read_bytes()[:-9])
    addresses.mkdir()
    (addresses / "a.csv").write_text("goal\nMake tea\n")
    server = StandInHub({"datasets/a/b": StandInRepository(data_set)}, addresses)
    with serving(server):
        yield server


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("a.csv", r"a\.csv lacks the column 'goal'; it has 'gaol', 'target'"),
        ("b.jsonl", r"b\.jsonl cannot be read"),
        ("c.pickle", r"'\.pickle' is not one of"),
        ("d.csv", r"There is no data file .*d\.csv"),
        ("e.csv", r"e\.csv has no rows"),
        ("f.parquet", r"f\.parquet cannot be read"),
    ],
)
def test_a_message_names_the_file_and_what_is_wrong(tmp_path, file, message):
    (tmp_path / "a.csv").write_text("gaol,target\nx,y\n")
    (tmp_path / "b.jsonl").write_text("{not json\n")
    (tmp_path / "c.pickle").write_text("")
    (tmp_path / "e.csv").write_text("goal\n")
    (tmp_path / "f.parquet").write_text("PAR1")
    with pytest.raises(ValueError, match=message):
        read_rows(TableLocation(file=file), ("goal",), (tmp_path,))


def test_a_file_that_differs_from_its_hash_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("goal\nMake tea\n")
    with pytest.raises(ValueError, match=r"a\.csv has changed: its SHA-256 is"):
        read_rows(TableLocation(file="a.csv", sha256="0" * 64), ("goal",), (tmp_path,))


def test_the_files_of_a_data_set_are_read_in_order_at_its_commit_and_later_without_a_network(hub, tmp_path):
    expected = "[{'goal': 'Make tea', 'choices': ['a', 'b']}, {'goal': 'Make cake', 'choices': ['a', 'b']}]"
    done = client(hub, tmp_path / "cache", READ.format(PARQUET))
    assert done.stdout.strip() == expected, done.stderr
    assert client("http://127.0.0.1:9", tmp_path / "cache", READ.format(PARQUET)).stdout.strip() == expected
    other = f"repo='a/b', revision='{COMMIT}', file='test-*.parquet'"
    last = error_of(client(hub, tmp_path / "cache", READ.format(other)))
    assert last.startswith(
        "datasets/a/b@012345678 has no file test-*.parquet; its files are broken/train.parquet, main"
    )


def test_an_address_is_downloaded_once_and_a_page_in_its_place_is_refused(hub, tmp_path):
    program = READ.format(f"url='{hub.address}/addresses/{COMMIT}/a.csv'")
    hub.faults.append(Fault("GET /addresses", status=200, body=b"<html>Please sign in.</html>", times=1))
    assert "a.csv cannot be downloaded: 127.0.0.1:" in error_of(client(hub, tmp_path / "cache", program))
    for _ in range(2):
        assert client(hub, tmp_path / "cache", program).stdout.strip() == "[{'goal': 'Make tea'}]"
    assert sum("/addresses/" in request for request in hub.requests) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "fault", "message"),
    [
        (PARQUET, GATED, "datasets/a/b is gated: accept its licence on"),
        (PARQUET, Fault("/api/", status=503), "datasets/a/b cannot be downloaded, status 503: try again later"),
        (PARQUET, Fault("GET /storage", "cut"), "datasets/a/b is not in "),
        (PARQUET.replace("main/*", "broken/*"), None, "datasets/a/b/broken/*.parquet cannot be read"),
        ("url='{}/addresses/" + COMMIT + "/a.csv'", Fault("GET", status=429), "a.csv cannot be downloaded: status 429"),
        ("url='{}/addresses/" + COMMIT + "/b.csv'", None, "b.csv cannot be downloaded: status 404"),
        ("url='{}/addresses/" + COMMIT + "/a.csv', sha256='0' * 64", None, "a.csv has changed: its SHA-256 is"),
    ],
)
def test_a_fault_is_one_sentence_and_the_next_call_resumes(hub, tmp_path, table, fault, message):
    program = READ.format(table.format(hub.address))
    hub.faults += [fault] if fault else []
    assert message in error_of(client(hub, tmp_path / "cache", program))
    hub.faults.clear()
    if fault:
        assert "Make tea" in client(hub, tmp_path / "cache", program).stdout
