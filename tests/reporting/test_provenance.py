"""Records find the call behind a file, and files that have changed since."""

import re

import pytest

from superficial.reporting.provenance import (
    Records,
    find_damage,
    read_record,
    record_file,
    seconds_by_stage,
    write_record,
)
from tests.reporting.records import record_of


@pytest.fixture
def folder(tmp_path):
    """A results folder with a checkpoint of two files, and scores that were made from it."""
    for name in ("models/small/config.json", "models/small/model.safetensors", "models/small.txt", "scores/a.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    checkpoint = ("models/small/config.json", "models/small/model.safetensors")
    write_record(tmp_path, record_of(tmp_path, "train", "small", outputs=(*checkpoint, "models/small.txt"), seconds=2))
    write_record(tmp_path, record_of(tmp_path, "score", inputs=checkpoint, outputs=("scores/a.parquet",), seconds=3))
    return tmp_path


def test_a_record_is_read_as_it_was_written(folder):
    file = record_file(folder, "train", "small")
    assert file.name == "train-small.json"
    record = read_record(file)
    assert record == Records(folder).by_output["models/small/config.json"]
    assert record.call == "train small"
    assert read_record(record_file(folder, "score", "")).call == "score"


def test_a_file_that_is_as_recorded_has_its_hash(folder):
    records = Records(folder)
    for path, digest in records.by_output["models/small.txt"].outputs.items():
        assert records.check((folder / path).relative_to(folder)) == digest
    assert list(find_damage(folder)) == []


def test_a_file_that_changed_or_is_missing_is_refused_and_found(folder):
    (folder / "models/small/config.json").write_text("changed")
    (folder / "scores/a.parquet").unlink()
    records = Records(folder)
    for path, call in (("models/small/config.json", "train small"), ("scores/a.parquet", "score")):
        with pytest.raises(ValueError, match=re.escape(f"{path} is not what {call} wrote, its content has changed")):
            records.check((folder / path).relative_to(folder))
    assert {damage.message for damage in find_damage(folder)} == {
        "models/small/config.json is not what train small wrote",
        "scores/a.parquet is missing",
    }


def test_a_file_that_no_stage_recorded_is_refused(folder):
    (folder / "extra.txt").write_text("")
    with pytest.raises(ValueError, match="No stage has recorded that it wrote"):
        Records(folder).check((folder / "extra.txt").relative_to(folder))


def test_an_unreadable_record_is_damage_and_refused_in_one_sentence(folder):
    file = record_file(folder, "train", "small")
    file.write_text('{"stage": 1')
    (damage,) = find_damage(folder)
    assert damage.file == damage.record == file
    assert damage.message == "provenance/train-small.json is not a record of a stage"
    with pytest.raises(ValueError, match=r"train-small\.json is not a record of a stage \(the whole: .*\): "):
        Records(folder)


def test_a_new_record_replaces_one_that_claims_the_same_file(folder):
    write_record(folder, record_of(folder, "tune", "small", outputs=("models/small/config.json",)))
    assert not record_file(folder, "train", "small").exists()
    assert Records(folder).by_output["models/small/config.json"].call == "tune small"


def test_a_checkpoint_is_all_that_was_written_beside_its_file(folder):
    paths = Records(folder).written_together((folder / "models/small/model.safetensors").relative_to(folder))
    assert [path.name for path in paths] == ["config.json", "model.safetensors"]


def test_the_durations_of_a_stages_calls_are_added_up(folder):
    write_record(folder, record_of(folder, "train", "large", seconds=4))
    assert list(seconds_by_stage(folder).items()) == [("train", 6.0), ("score", 3.0)]
