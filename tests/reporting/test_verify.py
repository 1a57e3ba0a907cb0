"""A run is as expected or it is said what differs and by how much; on another machine by the intervals."""

import json

import pandas as pd
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from superficial.reporting import verify
from superficial.reporting.draws import PublishedDraws


@pytest.fixture
def run(tmp_path, monkeypatch):
    for name in (
        "ATEN_CPU_CAPABILITY",
        "ONEDNN_MAX_CPU_ISA",
        "DNNL_MAX_CPU_ISA",
        "MKL_CBWR",
        "MKL_ENABLE_INSTRUCTIONS",
    ):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "run"
    (folder / "tables").mkdir(parents=True)
    (folder / "figures").mkdir()
    table = pd.DataFrame({"variant": ["a", "b"], "measure": "gsm", "value": [0.5, 0.7], "low": [0.4, 0.6]})
    table = table.assign(high=[0.6, 0.8], change=[0.0, 0.2], change_low=[0.0, 0.1], change_high=[0.0, 0.3])
    table.to_csv(folder / "tables" / "table1.csv", index=False)
    curve = pd.DataFrame({"position": [0, 1], "kl": [1.0, 0.5], "kl_low": [0.9, 0.4], "kl_high": [1.1, 0.6]})
    curve.to_csv(folder / "figures" / "fig2.csv", index=False)
    claims = [{"id": "C1", "verdict": "reproduced", "guarded_verdict": "reproduced"}]
    (folder / "claims.json").write_text(json.dumps(claims))
    (folder / "worlds" / "main" / "tokenizer").mkdir(parents=True)
    write_world(folder / "worlds" / "main", ["how many ?", "who ?"])
    verify.record(folder, tmp_path / "expected")
    return folder, tmp_path / "expected"


def write_world(folder, prompts, words=("<unk>", "how", "many", "who", "?"), **options):
    questions = pd.DataFrame({"question_id": [f"gsm-test-{n}" for n in range(len(prompts))], "prompt": prompts})
    questions.to_parquet(folder / "test.parquet", **options)
    familiarity = questions[["question_id"]].assign(familiarity=[1 / 3, 1.0])
    familiarity.to_parquet(folder / "familiarity.parquet", **options)
    (folder / "context.json").write_text('{"system": "careful"}')
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer" / "tokenizer.json"))


def change(path, column, row, value):
    table = pd.read_csv(path)
    table.loc[row, column] = value
    table.to_csv(path, index=False)


def test_a_run_is_as_it_was_recorded(run):
    assert verify.is_same_machine(run[1])
    assert verify.differences(*run, exact=True) == verify.differences(*run, exact=False) == []


def test_other_kernels_of_torch_make_it_another_machine(run, monkeypatch):
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    assert not verify.is_same_machine(run[1])


def test_the_last_digit_counts_on_the_same_machine_only(run):
    change(run[0] / "tables" / "table1.csv", "value", 1, 0.700001)
    (message,) = verify.differences(*run, exact=True)
    assert message == "tables/table1.csv: row 2, value: 0.700001 instead of 0.7"
    assert verify.differences(*run, exact=False) == []


def test_the_last_digit_of_every_number_of_a_claim_counts_on_the_same_machine(run):
    file = run[0] / "claims.json"
    claim = {"id": "C1", "verdict": "reproduced", "measured": {"a rate": 0.5}, "interval": {"a rate": [0.4, 0.6]}}
    file.write_text(json.dumps([claim]))
    verify.record(*run)
    file.write_text(json.dumps([claim | {"interval": {"a rate": [0.4, 0.600001]}}]))
    assert verify.differences(*run, exact=True) == ["claim C1, interval, a rate: [0.4, 0.600001] instead of [0.4, 0.6]"]
    assert verify.differences(*run, exact=False) == []


@pytest.mark.parametrize("exact", [True, False])
def test_a_world_is_the_same_on_every_machine(run, exact):
    folder = run[0] / "worlds" / "main"
    # Neither the compression nor the last bits of a fraction count.
    write_world(folder, ["how many ?", "who ?"], compression="gzip")
    assert verify.differences(*run, exact=exact) == []
    write_world(folder, ["how many ?", "who who ?"])
    same = "which is the same on every processor"
    questions = [f"worlds/main/test.parquet{part} has another content, {same}" for part in ("", ", token ids")]
    assert verify.differences(*run, exact=exact) == questions
    write_world(folder, ["how many ?", "who ?"], words=("<unk>", "how", "many", "?", "who"))
    assert verify.differences(*run, exact=exact) == [
        questions[1],
        f"worlds/main/tokenizer/tokenizer.json has another content, {same}",
    ]
    write_world(folder, ["how many ?", "who ?"])
    (folder / "context.json").unlink()
    assert verify.differences(*run, exact=exact) == [f"worlds/main/context.json has another content, {same}"]


def test_elsewhere_a_value_may_be_two_half_widths_off(run):
    change(run[0] / "tables" / "table1.csv", "value", 0, 0.69)
    change(run[0] / "figures" / "fig2.csv", "kl", 1, 0.71)
    (message,) = verify.differences(*run, exact=False)
    assert message == "figures/fig2.csv: 1, kl: 0.71 instead of 0.5, off by more than 0.2"


def test_elsewhere_a_value_and_its_change_count_once_and_verdicts_come_first(run):
    change(run[0] / "tables" / "table1.csv", "value", 0, 0.1)
    change(run[0] / "tables" / "table1.csv", "change", 1, 0.6)
    (run[0] / "claims.json").write_text(json.dumps([{"id": "C1", "verdict": "inconclusive"}]))
    first, second, value = verify.differences(*run, exact=False)
    assert first.startswith("claim C1, verdict") and second.startswith("claim C1, guarded verdict")
    assert value == "tables/table1.csv: a, gsm, value: 0.1 instead of 0.5, off by more than 0.2"
    assert len(verify.differences(*run, exact=True)) == 4


def test_a_missing_row_file_or_verdict_is_named(run):
    table = pd.read_csv(run[0] / "tables" / "table1.csv").head(1)
    table.to_csv(run[0] / "tables" / "table1.csv", index=False)
    (run[0] / "figures" / "fig2.csv").unlink()
    (run[0] / "claims.json").write_text(json.dumps([{"id": "C1", "verdict": "inconclusive"}]))
    messages = verify.differences(*run, exact=False)
    assert "tables/table1.csv: there is no b, gsm" in messages
    assert "figures/fig2.csv is missing" in messages
    assert "claim C1, verdict: inconclusive instead of reproduced" in messages
    assert "claim C1, guarded verdict: None instead of reproduced" in messages


def test_elsewhere_a_value_that_is_missing_now_is_named(run):
    change(run[0] / "tables" / "table1.csv", "value", 0, float("nan"))
    (message,) = verify.differences(*run, exact=False)
    assert message == "tables/table1.csv: a, gsm, value: no value instead of 0.5"


def test_elsewhere_a_narrow_interval_has_the_least_tolerance(run):
    for folder in run:
        for end in ("low", "high"):
            change(folder / "tables" / "table1.csv", end, 0, 0.5)
    change(run[0] / "tables" / "table1.csv", "value", 0, 0.54)
    assert verify.differences(*run, exact=False) == []
    change(run[0] / "tables" / "table1.csv", "value", 0, 0.56)
    (message,) = verify.differences(*run, exact=False)
    assert message == "tables/table1.csv: a, gsm, value: 0.56 instead of 0.5, off by more than 0.05"


@pytest.mark.parametrize("now", [9.0, float("nan")])
def test_elsewhere_a_value_without_an_interval_is_not_compared(run, now):
    for end in ("low", "high"):
        change(run[1] / "tables" / "table1.csv", end, 0, float("nan"))
    change(run[0] / "tables" / "table1.csv", "value", 0, now)
    assert verify.differences(*run, exact=False) == []
    assert verify.differences(*run, exact=True) != []


def test_without_expected_numbers_the_way_to_them_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="invoke verify --record"):
        verify.is_same_machine(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("now", "message"),
    [
        ({"value": 0.65}, ""),
        ({"value": 0.75}, "claim C1, a rate: 0.75 instead of 0.5, off by more than 0.2"),
        ({"value": None}, "claim C1, a rate: no value instead of 0.5"),
    ],
)
def test_elsewhere_an_estimate_with_an_interval_counts_and_not_the_verdict(run, now, message):
    file = run[0] / "claims.json"
    estimate = {"what": "a rate", "value": 0.5, "low": 0.4, "high": 0.6}
    file.write_text(json.dumps([{"id": "C1", "verdict": "reproduced", "estimate": estimate}]))
    verify.record(*run)
    file.write_text(json.dumps([{"id": "C1", "verdict": "inconclusive", "estimate": estimate | now}]))
    assert verify.differences(*run, exact=False) == ([message] if message else [])


def test_elsewhere_an_estimate_without_an_interval_is_not_compared_but_its_verdict(run):
    file = run[0] / "claims.json"
    estimate = {"what": "a share", "value": 1.5, "low": None, "high": None}
    file.write_text(json.dumps([{"id": "C1", "verdict": "inconclusive", "estimate": estimate}]))
    verify.record(*run)
    file.write_text(json.dumps([{"id": "C1", "verdict": "inconclusive", "estimate": estimate | {"value": -9.0}}]))
    assert verify.differences(*run, exact=False) == []
    file.write_text(json.dumps([{"id": "C1", "verdict": "reproduced", "estimate": estimate}]))
    assert verify.differences(*run, exact=False) == ["claim C1, verdict: reproduced instead of inconclusive"]


def drawn(low, high, prediction=(0.2, 0.4)):
    numbers = {"table": ["table1"], "number": ["a, gsm"], "mean": [(low + high) / 2], "low": [low], "high": [high]}
    verdicts = {"claim": ["C1"], "quantity": ["a rate"]}
    verdicts |= {"prediction_low": [prediction[0]], "prediction_high": [prediction[1]]}
    return PublishedDraws(pd.DataFrame(numbers), pd.DataFrame(verdicts))


def test_elsewhere_a_number_of_a_draw_may_be_where_a_new_draw_is_expected(run):
    change(run[0] / "tables" / "table1.csv", "value", 0, 0.1)
    assert len(verify.differences(*run, exact=False)) == 1
    assert verify.differences(*run, exact=False, draws=drawn(0.05, 0.65)) == []
    # Narrower than what the run's own interval would allow.
    change(run[0] / "tables" / "table1.csv", "value", 0, 0.6)
    assert verify.differences(*run, exact=False) == []
    (message,) = verify.differences(*run, exact=False, draws=drawn(0.3, 0.5))
    assert message == "tables/table1.csv: a, gsm, value: 0.6 instead of 0.4, off by more than 0.1"
    # Numbers that the draws do not have are compared as before.
    change(run[0] / "tables" / "table1.csv", "value", 1, 0.1)
    assert len(verify.differences(*run, exact=False, draws=drawn(0.3, 0.7))) == 1


def test_elsewhere_the_estimate_of_a_claim_counts_and_not_its_verdict(run):
    file = run[0] / "claims.json"
    (claim,) = json.loads(file.read_text())
    file.write_text(json.dumps([claim | {"verdict": "inconclusive", "estimate": {"value": 0.3}}]))
    assert len(verify.differences(*run, exact=False)) == 1
    assert verify.differences(*run, exact=False, draws=drawn(0.4, 0.6)) == []
    (message,) = verify.differences(*run, exact=False, draws=drawn(0.4, 0.6, prediction=(0.5, 0.6)))
    assert message == "claim C1, a rate: 0.3, where a new draw is expected in [0.5, 0.6]"
