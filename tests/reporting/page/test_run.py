"""The stages and the machine of a run come from its records."""

import json

from repro.engine.paths import PAPER
from superficial.reporting.page.run import StageTime, flat, machine, stage_times
from superficial.reporting.provenance import write_record
from superficial.reporting.results import Results
from tests.reporting.means import CENTRAL
from tests.reporting.records import record_of


def test_stages_are_added_up_and_the_longest_is_first(tmp_path):
    for stage, name, seconds in (("train", "small", 2.0), ("train", "large", 3.0), ("tables", "", 9.0)):
        write_record(tmp_path, record_of(tmp_path, stage, name, seconds=seconds))
    times = stage_times(Results(tmp_path, CENTRAL, PAPER))
    assert times == [StageTime("tables", 1, 9.0), StageTime("train", 2, 5.0)]


def test_the_machine_is_that_of_the_environment_or_of_the_records(tmp_path):
    assert machine(Results(tmp_path, CENTRAL, PAPER)) == {}
    write_record(tmp_path, record_of(tmp_path, "train", "small"))
    facts = {"packages torch": "2.0", "device": "cpu", "threads": "1", "deterministic": "True"}
    assert machine(Results(tmp_path, CENTRAL, PAPER)) == facts
    (tmp_path / "environment.json").write_text(json.dumps({"processor": {"cores": 2}}))
    assert machine(Results(tmp_path, CENTRAL, PAPER)) == {"processor cores": "2"}


def test_nested_values_are_flat():
    assert flat({"a": {"b": [1, 2.0], "c": None}, "d": 0.25}) == {"a b": "1, 2", "a c": "–", "d": "0.25"}
