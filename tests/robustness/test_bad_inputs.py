"""Every bad input is refused with one sentence that names the thing, the value and what is allowed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from repro.engine import checks
from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.heads.files import read_inspection
from superficial.heads.loading import load_head
from superficial.json_files import read_json
from superficial.models.device import set_up_torch
from superficial.models.loading import load_model
from superficial.prompts import read_context
from superficial.reading import read_rows
from superficial.reporting.claims.registry import check
from superficial.reporting.figures.registry import write_figure
from superficial.reporting.heads import head_text
from superficial.reporting.provenance import read_record
from superficial.reporting.results import Results
from superficial.reporting.tables.registry import make_table
from superficial.reporting.why import why
from superficial.traces.output_head import Pair
from superficial.traces.shards import read_shards
from tests.support.messages import assert_contains, message_of
from tests.support.profiles import changed_profile

PROFILES = ROOT / "repro" / "profiles"


def damaged(folder: Path, kind: str) -> Path:
    """The folder of a head whose file is damaged in some way."""
    path = folder / "head" / "head.safetensors"
    path.parent.mkdir()
    matrix = torch.eye(4)
    save = {
        "truncated": lambda: (save_file({"delta": matrix}, path), path.write_bytes(path.read_bytes()[:-8])),
        "empty": lambda: path.write_bytes(b""),
        "pickle": lambda: torch.save({"delta": matrix}, path),
        "vector": lambda: save_file({"delta": torch.ones(3)}, path),
        "integers": lambda: save_file({"delta": torch.ones(3, 3, dtype=torch.int64)}, path),
        "unknown tensor": lambda: save_file({"weights": matrix}, path),
        "not square": lambda: save_file({"k2": torch.ones(3, 4)}, path),
        "k too large": lambda: save_file({"k9": matrix}, path),
        "unknown k": lambda: save_file({"k3": matrix}, path),
    }[kind]
    save()
    (path.parent / "card.json").write_text(json.dumps({"k": 2, "alpha": 1.0}))
    return path.parent


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("truncated", "head.safetensors cannot be read as tensors"),
        ("empty", "head.safetensors cannot be read as tensors"),
        ("pickle", "head.safetensors cannot be read as tensors"),
        ("vector", "is not a head: delta is torch.float32 (3,), not a matrix"),
        ("integers", "is not a head: delta is torch.int64 (3, 3), not a matrix"),
        ("unknown tensor", "is not a head: it has a tensor 'weights'; heads have delta, or k and a number"),
        ("not square", "is not a head: k2 is (3, 4), but W_trans over 3 tokens is (3, 3)"),
        ("k too large", "is not a head: k9 is (4, 4)"),
        ("unknown k", "names k 2; the head has k3"),
    ],
)
def test_a_bad_head_is_refused(tmp_path, kind, message):
    assert_contains(message, message_of(load_head, damaged(tmp_path, kind)))


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("{", "card.json is not JSON"),
        ("[1]", "card.json holds list, not an object of fields"),
        ("\udcff", "card.json is not JSON"),
        (json.dumps({"k": 2, "alpha": "much"}), "has alpha 'much'; a strength is a finite number"),
        ('{"k": 2, "alpha": NaN}', "has alpha nan; a strength is a finite number"),
        (json.dumps({"k": 2, "alpha": 1.0, "format": 99}), "is a head of format 99; this package reads formats up to"),
    ],
)
def test_a_bad_card_is_refused(tmp_path, card, message):
    save_file({"k2": torch.eye(4)}, tmp_path / "head.safetensors")
    (tmp_path / "card.json").write_bytes(card.encode("utf-8", "surrogateescape"))
    assert_contains(message, message_of(load_head, tmp_path))


def shard(**changes) -> dict:
    numbers = torch.arange(3)
    hidden = torch.ones(3, 4)
    valid = {"prompt": numbers, "position": numbers, "token": numbers, "base_hidden": hidden, "aligned_hidden": hidden}
    return {name: tensor for name, tensor in (valid | changes).items() if tensor is not None}


@pytest.mark.parametrize(
    ("shards", "message"),
    [
        ([], "There is no trace in ...: it has no .safetensors file"),
        ([shard(token=None)], "has no tensor 'token'; it has"),
        ([shard(token=torch.ones(3))], "is not a trace: token is torch.float32"),
        ([shard(prompt=torch.arange(2))], "is not a trace: prompt is torch.int64 (2,)"),
        ([shard(base_hidden=torch.ones(3))], "is not a trace: base_hidden is torch.float32 (3,)"),
        ([shard(), shard(base_hidden=torch.ones(3, 5))], "do not fit: base_hidden is 4 and 5 wide"),
    ],
)
def test_a_bad_trace_is_refused(tmp_path, shards, message):
    for number, tensors in enumerate(shards):
        save_file({name: tensor.clone() for name, tensor in tensors.items()}, tmp_path / f"{number:05d}.safetensors")
    assert_contains(message, message_of(read_shards, tmp_path))


def test_a_bad_pair_of_output_heads_is_refused(tmp_path):
    save_file({"base": torch.eye(3), "aligned": torch.eye(4)}, tmp_path / "w")
    assert_contains("is not a pair of output heads: aligned is", message_of(Pair.read, tmp_path / "w"))
    assert_contains("There is no", message_of(Pair.read, tmp_path / "missing"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as rows"),
        (b"PAR1 nonsense PAR1", "cannot be read as rows"),
        (b"question_id,score\n1,2\n", "cannot be read as rows"),
        (None, "has no column 'score'; it has question_id"),
    ],
)
def test_bad_scores_are_refused(tmp_path, content, message):
    path = tmp_path / "gsm.parquet"
    if content is None:
        pd.DataFrame({"question_id": np.arange(3)}).to_parquet(path)
    else:
        path.write_bytes(content)
    assert_contains(message, message_of(read_rows, path, ("question_id", "score")))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"system": "s", "turn": "t", "examples": []}, "is not a context: wrappers: Field required"),
        (
            {"system": 1, "turn": "t", "examples": [], "wrappers": {}},
            "is not a context: system: Input should be",
        ),
        (
            {"system": "s", "turn": "t", "examples": [["a"]], "wrappers": {}},
            "is not a context: examples.0: ",
        ),
    ],
)
def test_a_bad_context_is_refused(tmp_path, content, message):
    (tmp_path / "context.json").write_text(json.dumps(content))
    assert_contains(message, message_of(read_context, tmp_path / "context.json"))


@pytest.mark.parametrize("content", ["", "{}", '{"stage": 1}', "null", "[" * 3000])
def test_a_bad_record_is_refused(tmp_path, content):
    (tmp_path / "train.json").write_text(content)
    assert_contains("train.json is not a record of a stage", message_of(read_record, tmp_path / "train.json"))


def test_json_that_is_missing_or_lacks_a_field_is_refused(tmp_path):
    assert_contains("There is no", message_of(read_json, tmp_path / "none.json"))
    (tmp_path / "a.json").write_text("{}")
    assert_contains("has no field 'k'", message_of(read_json, tmp_path / "a.json", ("k",)))


def test_a_table_with_an_unknown_measure_is_refused_before_the_run(tmp_path, monkeypatch):
    path = changed_profile(tmp_path, {"tables": {"table1": {"measures": ["beauty"]}}})
    monkeypatch.setattr("repro.engine.parts.profile_file", lambda name: path)
    assert_contains(
        "table table1 has the measure 'beauty'; the measures are gsm, ", message_of(checks.prepare, "bad", 1)
    )


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_pickles_are_never_loaded(tmp_path):
    payload = tmp_path / "was-opened"
    torch.save({"delta": torch.eye(3), "x": Payload(payload)}, tmp_path / "head.safetensors")
    (tmp_path / "card.json").write_text("{}")
    message_of(load_head, tmp_path)
    message_of(read_shards, tmp_path)
    checkpoint = tmp_path / "model"
    checkpoint.mkdir()
    (checkpoint / "config.json").write_text(json.dumps({"model_type": "llama"}))
    for name in ("pytorch_model.bin", "model.safetensors"):
        torch.save({"x": Payload(payload)}, checkpoint / name)
        message_of(load_model, checkpoint)
    assert not payload.exists()


def test_code_in_a_checkpoint_is_never_run(tmp_path):
    ran = tmp_path / "was-run"
    config = {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "own.py").write_text(f"import pathlib\npathlib.Path({str(ran)!r}).touch()\n")
    save_file({"x": torch.eye(2)}, tmp_path / "model.safetensors")
    assert_contains("cannot be read", message_of(load_model, tmp_path))
    assert not ran.exists()


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda results: make_table(results, "table77"), "There is no table 'table77'"),
        (lambda results: write_figure(results, "fig9", results.folder), "There is no figure 'fig9'"),
        (lambda results: check(results, "C99"), "There is no claim 'C99'"),
        (lambda results: why(results, "C99"), "'C99' names no number: use TABLE.ROW.MEASURE"),
        (lambda results: why(results, "table1"), "'table1' names no number"),
        (lambda results: why(results, "table1.Tiny.gsm"), "table1 has no row 'Tiny'; it has 7B, "),
        (lambda results: why(results, "table1.Small.beauty"), "table1 has no column 'beauty'; it has gsm, "),
        (lambda results: results.scores("Small"), "There is no scores/Small/... in ...: run `invoke reproduce-all`"),
        (
            lambda results: results.card("small"),
            "There is no heads/small/card.json in ...: run `invoke reproduce-all`",
        ),
    ],
)
def test_an_unknown_or_missing_result_is_named(tmp_path, use, message):
    results = Results(tmp_path, load_profile(PROFILES / "smoke.yaml"), ROOT / "paper")
    assert_contains(message, message_of(use, results))


@pytest.mark.parametrize(
    ("name", "jobs", "message"),
    [
        ("bogus", 1, "There is no profile 'bogus' in profiles/; the profiles are"),
        ("../profiles/smoke", 1, "There is no profile '../profiles/smoke'"),
        ("smoke", 0, "--jobs has the value 0: at least 1 step must run at a time"),
        ("smoke", -2, "--jobs has the value -2"),
        ("smoke; true", 1, "There is no profile 'smoke; true'"),
        ("", 1, "There is no profile"),
    ],
)
def test_a_run_with_bad_options_is_refused(tmp_path, monkeypatch, name, jobs, message):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    assert_contains(message, message_of(checks.prepare, name, jobs))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        ("kubernetes", "--executor has the value 'kubernetes': it must be local or slurm"),
        ("slurm; true", "--executor has the value 'slurm; true': it must be"),
        ("slurm", "--executor has the value 'slurm', and there is no sbatch here: start on a login node"),
    ],
)
def test_a_bad_executor_is_refused(tmp_path, monkeypatch, executor, message):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert_contains(message, message_of(checks.prepare, "smoke", 1, executor))


def test_a_profile_that_needs_a_gpu_is_refused_without_one(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    (tmp_path / "paper").mkdir()
    # It says so before it asks for disk space.
    full = load_profile(PROFILES / "paper.yaml").model_copy(update={"disk_gigabytes": 1e9})
    message = "This profile needs a GPU, but torch ..., built for ..., sees none. Check whether `nvidia-smi` shows one"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert_contains(message, message_of(checks.check_machine, full))
    monkeypatch.setattr(checks, "disks", lambda _: [])
    # On a cluster, the job runs on a different machine, where every stage checks again.
    checks.check_machine(full, checks.SLURM)
    assert_contains(message, message_of(set_up_torch, 1, full.needs_gpu))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    checks.check_machine(full)


# A bad content of one of the paper's files, and the message.
PAPER_FILES = [
    ("claims.yaml", "C1: [1]", "'C1' has the value [1]: Input should be a valid dictionary"),
    ("claims.yaml", "C1: {statement: a}", "'C1.paper' has the value {'statement': 'a'}: Field required"),
    ("claims.yaml", "[C1]", "claims.yaml holds list, not a mapping of fields"),
    ("claims.yaml", "C1: {x", "claims.yaml is not YAML: "),
    ("published.yaml", "columns: 3", "'columns' has the value 3: Input should be a valid dictionary"),
    ("published.yaml", "\x00", "published.yaml is not YAML: "),
    ("published.yaml", "[" * 5000, "published.yaml is not YAML: "),
]


@pytest.mark.parametrize(("name", "text", "message"), PAPER_FILES, ids=[message[:40] for *_, message in PAPER_FILES])
def test_a_bad_file_of_the_paper_is_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    results = Results(tmp_path, load_profile(PROFILES / "smoke.yaml"), tmp_path)
    assert_contains(message, message_of(lambda: results.claims if name == "claims.yaml" else results.published))


def test_a_claim_that_is_not_in_the_papers_claims_is_named(tmp_path):
    (tmp_path / "claims.yaml").write_text("{}")
    results = Results(tmp_path, load_profile(PROFILES / "smoke.yaml"), tmp_path)
    assert_contains("claims.yaml does not state C1; it states", message_of(check, results, "C1"))


VALID_INSPECTION = {
    **{"kind": "residual", "alpha": 1.0, "shape": [3, 2], "prompts": 1, "positions": 2, "rises": [], "falls": []},
    **{"kl": {"base": 1.0, "superficial": 0.5}, "kl_by_position": [], "energy_by_rank": []},
}


@pytest.mark.parametrize(
    ("card", "change", "message"),
    [
        ({}, {"shape": None}, "inspect.json: field 'shape' has the value None: Input should be a valid list"),
        ({}, {"kl": {"base": 1.0}}, "inspect.json: field 'kl.superficial' has the value {'base': 1.0}: Field required"),
        ({}, {"rises": [{"token": 3}]}, "inspect.json: field 'rises.0.token' has the value 3: Input should be"),
        ({}, {"kind": "white-box"}, "inspect.json: field 'kind' has the value 'white-box': Input should be 'residual'"),
        ({"base": "llama"}, {}, "The head's card has a wrong field 'base'"),
    ],
)
def test_a_head_that_cannot_be_shown_is_refused(tmp_path, card, change, message):
    def text() -> str:
        return head_text(card, read_inspection(tmp_path))

    (tmp_path / "inspect.json").write_text(json.dumps(VALID_INSPECTION))
    head_text({}, read_inspection(tmp_path))
    (tmp_path / "inspect.json").write_text(json.dumps(VALID_INSPECTION | change))
    assert_contains(message, message_of(text))
