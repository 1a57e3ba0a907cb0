"""The crate of a run describes its files and one action per call."""

from superficial.reporting.crate import describe_run
from tests.reporting.records import record_of


def test_calls_and_results_of_a_run_are_described(tmp_path):
    for name in ("scores", "table"):
        (tmp_path / name).write_text(name)
    score = record_of(tmp_path, "score", "oracle", outputs=("scores",), seconds=2)
    tables = record_of(tmp_path, "tables", inputs=("scores",), outputs=("table",), seconds=5)
    crate = describe_run("smoke", [score, tables])
    actions = {action.id: action for action in crate.get_by_type("CreateAction")}
    assert set(actions) == {"#call-score-oracle", "#call-tables", "#run"}
    assert [file.id for file in actions["#call-tables"]["object"]] == ["scores"]
    assert [file.id for file in actions["#run"]["result"]] == ["table"], "what a call read is not a result of the run"
    assert actions["#run"]["startTime"] == "2026-01-02T03:04:05+00:00"
    assert actions["#run"]["endTime"] == "2026-01-02T03:04:10+00:00"
    assert crate.get("table")["sha256"] == tables.outputs["table"]
    assert {profile.id for profile in crate.root_dataset["conformsTo"]} >= {
        f"https://w3id.org/ro/wfrun/{kind}/0.6" for kind in ("process", "workflow")
    }
