"""Every bad input gets its documented message: one sentence that names the thing, the value and what is allowed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from safetensors.torch import save_file

from repro.engine import checks
from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.heads.files import read_inspection
from superficial.heads.loading import load_head
from superficial.models.device import set_up_torch
from superficial.models.loading import load_model
from superficial.prompts import read_context
from superficial.reading import read_json, read_rows
from superficial.reporting.claims.registry import check
from superficial.reporting.figures.registry import write_figure
from superficial.reporting.heads import head_text
from superficial.reporting.provenance import read_record
from superficial.reporting.results import Results
from superficial.reporting.tables.registry import make_table
from superficial.reporting.why import why
from superficial.traces.output_head import Pair
from superficial.traces.shards import read_shards

PROFILES = ROOT / "repro" / "profiles"
BASE = "central" if (PROFILES / "central.yaml").is_file() else "lab"

# A change of a profile, and what is said.
FIELDS = [
    ({"colour": 1}, "field 'colour' has the value 1: Extra inputs are not permitted"),
    ({"name": "Big Lab"}, "field 'name' has the value 'Big Lab': String should match pattern"),
    ({"name": None}, "field 'name' has the value None: Input should be a valid string"),
    ({"threads": 0}, "field 'threads' has the value 0: Input should be greater than 0"),
    ({"threads": "two"}, "field 'threads' has the value 'two': Input should be a valid integer"),
    ({"threads": "2"}, "field 'threads' has the value '2': Input should be a valid integer"),
    ({"threads": True}, "field 'threads' has the value True: Input should be a valid integer"),
    ({"threads": 1.5}, "field 'threads' has the value 1.5: Input should be a valid integer"),
    ({"disk_gigabytes": -1}, "field 'disk_gigabytes' has the value -1: Input should be greater than 0"),
    ({"disk_gigabytes": float("inf")}, "field 'disk_gigabytes' has the value inf: Input should be a finite number"),
    ({"disk_gigabytes": float("nan")}, "field 'disk_gigabytes' has the value nan: Input should be a finite number"),
    ({"max_new_tokens": 0}, "field 'max_new_tokens' has the value 0: Input should be greater than 0"),
    ({"worlds": []}, "field 'worlds' has the value []: Input should be a valid dictionary"),
    ({"worlds": {"main": {"seed": -3}}}, "field 'worlds.main.seed' has the value -3"),
    ({"worlds": {"a b": {"seed": 1}}}, "String should match pattern"),
    ({"worlds": {"../x": {"seed": 1}}}, "String should match pattern"),
    ({"worlds": {"$(rm)": {"seed": 1}}}, "String should match pattern"),
    ({"worlds": {"main": {"questions": {"test": {"math": 0}}}}}, "'worlds.main.questions.test.math' has the value 0"),
    ({"worlds": {"main": {"questions": {"dev": {"math": 1}}}}}, "Input should be 'train', 'validation' or 'test'"),
    ({"worlds": {"main": {"questions": {"test": None}}}}, "'worlds.main.questions.test' has the value None"),
    ({"models": {"small": {"recipe": "guess"}}}, "'models.small' has the value ...: Input tag 'guess'"),
    ({"models": {"small": {"world": "moon"}}}, "model small names the world 'moon'; there are"),
    ({"models": {"small": {"architecture": "gpt2"}}}, "Input should be 'llama', 'mistral' or 'qwen2'"),
    ({"models": {"small": {"shape": {"width": 30}}}}, "width 30 must be a multiple of twice the 4 heads"),
    ({"models": {"small": {"shape": {"layers": 0}}}}, "'models.small.pretrain.shape.layers' has the value 0"),
    ({"models": {"small": {"training": {"steps": -1}}}}, "training.steps' has the value -1"),
    ({"models": {"small": {"training": {"learning_rate": 0}}}}, "training.learning_rate' has the value 0"),
    (
        {"models": {"small": {"training": {"learning_rate": "1e-3"}}}},
        "has the value '1e-3': Input should be",
    ),
    ({"models": {"small": {"training": {"seed": -1}}}}, "training.seed' has the value -1"),
    ({"models": {"small-chat": {"starts_from": "tiny"}}}, "model small-chat names the model 'tiny'; there are"),
    (
        {"models": {"small-chat": {"starts_from": "small-chat"}}},
        "model small-chat names the model 'small-chat'; there are",
    ),
    (
        {
            "models": {
                "small-chat": {"starts_from": "control-head-only"},
                "control-head-only": {"starts_from": "small-chat"},
            }
        },
        "starts from itself: small-chat from control-head-only from small-chat",
    ),
    ({"models": {"small-chat": {"data": "web"}}}, "Input should be 'alignment', 'style', 'curated'"),
    ({"models": {"small-chat": {"trained_parameters": "none"}}}, "Input should be 'all', 'head' or 'backbone'"),
    ({"models": {"small-chat": {"prompt_format": "urial"}}}, "Input should be 'plain' or 'chat'"),
    ({"pairs": {"small": {"base": "tiny"}}}, "pair small names the model 'tiny'; there are"),
    ({"pairs": {"small": {"aligned": "tiny"}}}, "pair small names the model 'tiny'; there are"),
    ({"pairs": {"small": {"benchmarks": []}}}, "'pairs.small.benchmarks' has the value []"),
    ({"pairs": {"small": {"benchmarks": ["chess"]}}}, "pair small names the benchmark 'chess'; there are"),
    ({"evaluated_benchmarks": ["chess"]}, "field evaluated_benchmarks names the benchmark 'chess'; there are"),
    ({"benchmarks": {"gsm": {"judge": "os:system"}}}, "'benchmarks.gsm.judge' has the value 'os:system'"),
    ({"distillation": {"optimizer": "sgd"}}, "'distillation.optimizer' has the value 'sgd'"),
    ({"distillation": {"optimizer": "newton", "rank": 4}}, "the optimizer newton learns all ranks"),
    ({"distillation": {"teacher_top": 0}}, "'distillation.teacher_top' has the value 0"),
    ({"distillation": {"seeds": []}}, "'distillation.seeds' has the value []"),
    ({"distillation": {"epochs": 1e6}}, "'distillation.epochs' has the value 1000000.0"),
    (
        {"black_box_distillation": {"k": [0]}},
        "'black_box_distillation.k.0' has the value 0: k must be a positive whole number or the word 'vocabulary'",
    ),
    ({"black_box_distillation": {"epsilon": -1.0}}, "'black_box_distillation.epsilon' has the value -1.0"),
    ({"heads": {"small": {"pair": "none"}}}, "head small names the pair 'none'; there are"),
    ({"heads": {"small": {"kind": "magic"}}}, "Input tag 'magic'"),
    (
        {"heads": {"t": {"pair": "small", "kind": "transferred", "source_head": "small"}}},
        "head t names the black-box head",
    ),
    ({"variants": {"Small": {"model": "tiny"}}}, "variant Small names the model 'tiny'; there are"),
    ({"variants": {"Small": {"head": "tiny"}}}, "variant Small names the head 'tiny'; there are"),
    ({"variants": {"Small": {"prompt_format": "haiku"}}}, "Input should be 'plain', 'chat' or 'urial'"),
    ({"variants": {"Small": {"benchmarks": ["chess"]}}}, "variant Small names the benchmark 'chess'; there are"),
    ({"tables": {"table1": {"rows": ["Huge"]}}}, "table table1 names the variant 'Huge'; there are"),
    ({"tables": {"table1": {"rows": []}}}, "'tables.table1.rows' has the value []"),
    ({"recovery": {"superficial": []}}, "'recovery.superficial' has the value []"),
    (
        {"recovery": {"superficial": [{"base": "Small", "aligned": "Small-Chat", "student": "X"}]}},
        "recovery superficial names the variant 'X'; there are",
    ),
    ({"generality_comparisons": ["french"]}, "field generality_comparisons names the comparison 'french'; there are"),
    ({"attacks": [{"before": "Small"}]}, "'attacks.0.attacked' has the value ...: Field required"),
    ({"baselines": [{"student": "Small", "others": ["X"]}]}, "field baselines names the variant 'X'; there are"),
    ({"extends": "bad"}, "field 'extends' has the value 'bad': a profile cannot extend itself"),
    ({"extends": 7}, "field 'extends' has the value 7: it must be the name of another profile"),
    (
        {"extends": "../../etc/passwd"},
        "field 'extends' has the value '../../etc/passwd': it must be the name of another",
    ),
    ({"extends": "nothing"}, "There is no profile 'nothing' in ...; the profiles are: "),
]

# A profile's whole text, and what is said.
TEXTS = [
    ("a: [1", "is not YAML: while parsing a flow sequence"),
    ("a: b: c", "is not YAML: mapping values are not allowed here"),
    ("\ta: 1", "is not YAML: while scanning for the next token found character '\\t'"),
    ("a: *nobody", "is not YAML: found undefined alias 'nobody'"),
    ("a: 2001-99-99", "is not YAML: month must be in 1..12"),
    ("!!python/object/apply:os.system ['true']", "is not YAML: could not determine a constructor for the tag"),
    (b"name: \xff\xfe", "is not YAML: "),
    (b"name: \x00", "is not YAML: "),
    ("? [a]\n: b", "is not YAML: while constructing a mapping"),
    ("[" * 5000, "is not YAML: "),
    ("- 1", "holds list, not a mapping of fields"),
    ("just words", "holds str, not a mapping of fields"),
    ("", "holds NoneType, not a mapping of fields"),
    ("1: 2", "field 'name' has the value {1: 2}: Field required"),
]


def said_of(load, *arguments) -> str:
    """What a reader says; it must be one line."""
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        load(*arguments)
    text = str(caught.value)
    assert "\n" not in text
    assert "Traceback" not in text
    return text


def profile_with(folder: Path, change: dict) -> Path:
    for path in PROFILES.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text())
    path = folder / "bad.yaml"
    path.write_text(yaml.safe_dump({"extends": BASE, "name": "bad"} | change))
    return path


@pytest.mark.parametrize(("change", "said"), FIELDS, ids=[said[:60] for _, said in FIELDS])
def test_a_bad_field_is_named_with_its_value_and_what_is_allowed(tmp_path, change, said):
    path = profile_with(tmp_path, change)
    assert_matches(said, said_of(load_profile, path))


@pytest.mark.parametrize(("text", "said"), TEXTS, ids=[said[:60] for _, said in TEXTS])
def test_a_file_that_is_no_profile_is_refused(tmp_path, text, said):
    path = tmp_path / "bad.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert_matches(said, said_of(load_profile, path))


def test_profiles_that_extend_each_other_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: b")
    (tmp_path / "b.yaml").write_text("extends: a")
    assert_matches("b.yaml: field 'extends' has the value 'a'", said_of(load_profile, tmp_path / "a.yaml"))


def assert_matches(said: str, text: str) -> None:
    """Check that a text holds the parts of `said`, which "..." parts, in their order."""
    at = 0
    for part in said.split("..."):
        at = text.find(part, at) + len(part)
        assert at >= len(part), text


def damaged(folder: Path, kind: str) -> Path:
    """A results file with something wrong in it."""
    path = folder / "head" / "head.safetensors"
    path.parent.mkdir()
    matrix = torch.eye(4)
    save = {
        "truncated": lambda: (save_file({"delta": matrix}, path), path.write_bytes(path.read_bytes()[:-8])),
        "empty": lambda: path.write_bytes(b""),
        "pickle": lambda: torch.save({"delta": matrix}, path),
        "vector": lambda: save_file({"delta": torch.ones(3)}, path),
        "whole numbers": lambda: save_file({"delta": torch.ones(3, 3, dtype=torch.int64)}, path),
        "stranger": lambda: save_file({"weights": matrix}, path),
        "not square": lambda: save_file({"k2": torch.ones(3, 4)}, path),
        "k too large": lambda: save_file({"k9": matrix}, path),
        "no such k": lambda: save_file({"k3": matrix}, path),
    }[kind]
    save()
    (path.parent / "card.json").write_text(json.dumps({"k": 2, "alpha": 1.0}))
    return path.parent


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("truncated", "head.safetensors cannot be read as tensors"),
        ("empty", "head.safetensors cannot be read as tensors"),
        ("pickle", "head.safetensors cannot be read as tensors"),
        ("vector", "is not a head: delta is torch.float32 (3,), not a matrix"),
        ("whole numbers", "is not a head: delta is torch.int64 (3, 3), not a matrix"),
        ("stranger", "is not a head: it has a tensor 'weights'; heads have delta, or k and a number"),
        ("not square", "is not a head: k2 is (3, 4), W_trans is (vocab, vocab)"),
        ("k too large", "is not a head: k9 is (4, 4)"),
        ("no such k", "names k 2; the head has k3"),
    ],
)
def test_a_bad_head_is_refused(tmp_path, kind, said):
    assert_matches(said, said_of(load_head, damaged(tmp_path, kind)))


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("{", "card.json is not JSON"),
        ("[1]", "card.json holds list, not an object of fields"),
        ("\udcff", "card.json is not JSON"),
        (json.dumps({"k": 2, "alpha": "much"}), "has alpha 'much'; a strength is a finite number"),
        ('{"k": 2, "alpha": NaN}', "has alpha nan; a strength is a finite number"),
        (json.dumps({"k": 2, "alpha": 1.0, "format": 99}), "is a head of format 99; this package reads formats up to"),
    ],
)
def test_a_bad_card_is_refused(tmp_path, card, said):
    save_file({"k2": torch.eye(4)}, tmp_path / "head.safetensors")
    (tmp_path / "card.json").write_bytes(card.encode("utf-8", "surrogateescape"))
    assert_matches(said, said_of(load_head, tmp_path))


def shard(**changes) -> dict:
    numbers = torch.arange(3)
    hidden = torch.ones(3, 4)
    right = {"prompt": numbers, "position": numbers, "token": numbers, "base_hidden": hidden, "aligned_hidden": hidden}
    return {name: tensor for name, tensor in (right | changes).items() if tensor is not None}


@pytest.mark.parametrize(
    ("shards", "said"),
    [
        ([], "There is no trace in ...: it has no .safetensors file"),
        ([shard(token=None)], "has no tensor 'token'; it has"),
        ([shard(token=torch.ones(3))], "is not a trace: token is torch.float32"),
        ([shard(prompt=torch.arange(2))], "is not a trace: prompt is torch.int64 (2,)"),
        ([shard(base_hidden=torch.ones(3))], "is not a trace: base_hidden is torch.float32 (3,)"),
        ([shard(), shard(base_hidden=torch.ones(3, 5))], "do not fit: base_hidden is 4 and 5 wide"),
    ],
)
def test_a_bad_trace_is_refused(tmp_path, shards, said):
    for number, tensors in enumerate(shards):
        save_file({name: tensor.clone() for name, tensor in tensors.items()}, tmp_path / f"{number:05d}.safetensors")
    assert_matches(said, said_of(read_shards, tmp_path))


def test_a_bad_pair_of_output_heads_is_refused(tmp_path):
    save_file({"base": torch.eye(3), "aligned": torch.eye(4)}, tmp_path / "w")
    assert_matches("is not a pair of output heads: aligned is", said_of(Pair.read, tmp_path / "w"))
    assert_matches("There is no", said_of(Pair.read, tmp_path / "missing"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read as rows"),
        (b"PAR1 nonsense PAR1", "cannot be read as rows"),
        (b"question_id,score\n1,2\n", "cannot be read as rows"),
        (None, "has no column 'score'; it has question_id"),
    ],
)
def test_bad_scores_are_refused(tmp_path, content, said):
    path = tmp_path / "gsm.parquet"
    if content is None:
        pd.DataFrame({"question_id": np.arange(3)}).to_parquet(path)
    else:
        path.write_bytes(content)
    assert_matches(said, said_of(read_rows, path, ("question_id", "score")))


@pytest.mark.parametrize(
    ("content", "said"),
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
def test_a_bad_context_is_refused(tmp_path, content, said):
    (tmp_path / "context.json").write_text(json.dumps(content))
    assert_matches(said, said_of(read_context, tmp_path / "context.json"))


@pytest.mark.parametrize("content", ["", "{}", '{"stage": 1}', "null", "[" * 3000])
def test_a_bad_record_is_refused(tmp_path, content):
    (tmp_path / "train.json").write_text(content)
    assert_matches("train.json is not a record of a stage", said_of(read_record, tmp_path / "train.json"))


def test_json_that_is_missing_or_lacks_a_field_is_refused(tmp_path):
    assert_matches("There is no", said_of(read_json, tmp_path / "none.json"))
    (tmp_path / "a.json").write_text("{}")
    assert_matches("has no field 'k'", said_of(read_json, tmp_path / "a.json", ("k",)))


def test_a_table_of_an_unknown_measure_is_refused_before_work(tmp_path, monkeypatch):
    path = profile_with(tmp_path, {"tables": {"table1": {"measures": ["beauty"]}}})
    monkeypatch.setattr(checks, "profile_file", lambda name: path)
    assert_matches("table table1 has the measure 'beauty'; the measures are gsm, ", said_of(checks.prepare, "bad", 1))


class Opened:
    """Leaves a trace where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_no_pickle_is_ever_loaded(tmp_path):
    payload = tmp_path / "was-opened"
    torch.save({"delta": torch.eye(3), "x": Opened(payload)}, tmp_path / "head.safetensors")
    (tmp_path / "card.json").write_text("{}")
    said_of(load_head, tmp_path)
    said_of(read_shards, tmp_path)
    checkpoint = tmp_path / "model"
    checkpoint.mkdir()
    (checkpoint / "config.json").write_text(json.dumps({"model_type": "llama"}))
    for name in ("pytorch_model.bin", "model.safetensors"):
        torch.save({"x": Opened(payload)}, checkpoint / name)
        said_of(load_model, checkpoint)
    assert not payload.exists()


def test_no_code_of_a_checkpoint_is_ever_run(tmp_path):
    ran = tmp_path / "was-run"
    config = {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "own.py").write_text(f"import pathlib\npathlib.Path({str(ran)!r}).touch()\n")
    save_file({"x": torch.eye(2)}, tmp_path / "model.safetensors")
    assert_matches("cannot be read", said_of(load_model, tmp_path))
    assert not ran.exists()


@pytest.mark.parametrize(
    ("ask", "said"),
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
def test_what_is_not_there_is_named(tmp_path, ask, said):
    results = Results(tmp_path, load_profile(PROFILES / "smoke.yaml"), ROOT / "paper")
    assert_matches(said, said_of(ask, results))


@pytest.mark.parametrize(
    ("name", "jobs", "said"),
    [
        ("bogus", 1, "There is no profile 'bogus' in profiles/; the profiles are"),
        ("../profiles/smoke", 1, "There is no profile '../profiles/smoke'"),
        ("smoke", 0, "--jobs has the value 0: at least 1 step must run at a time"),
        ("smoke", -2, "--jobs has the value -2"),
        ("smoke; true", 1, "There is no profile 'smoke; true'"),
        ("", 1, "There is no profile"),
    ],
)
def test_a_bad_start_is_refused(tmp_path, monkeypatch, name, jobs, said):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    assert_matches(said, said_of(checks.prepare, name, jobs))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("executor", "said"),
    [
        ("kubernetes", "--executor has the value 'kubernetes': it must be local or slurm"),
        ("slurm; true", "--executor has the value 'slurm; true': it must be"),
        ("slurm", "--executor has the value 'slurm', and there is no sbatch here: start on a login node"),
    ],
)
def test_a_bad_executor_is_refused(tmp_path, monkeypatch, executor, said):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert_matches(said, said_of(checks.prepare, "smoke", 1, executor))


def test_a_profile_that_needs_a_gpu_stops_where_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    (tmp_path / "paper").mkdir()
    paper = load_profile(PROFILES / "paper.yaml").model_copy(update={"disk_gigabytes": 0.001})
    said = "This profile needs a GPU, but torch ..., built for ..., sees none. Check whether `nvidia-smi` shows one"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert_matches(said, said_of(checks.check_machine, paper))
    # The node that a job lands on is another machine; there every stage looks again.
    checks.check_machine(paper, checks.SLURM)
    assert_matches(said, said_of(set_up_torch, 1, paper.needs_gpu))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    checks.check_machine(paper)


# A change of one of the paper's files, and what is said.
PAPER = [
    ("claims.yaml", "C1: [1]", "'C1' has the value [1]: Input should be a valid dictionary"),
    ("claims.yaml", "C1: {statement: a}", "'C1.paper' has the value {'statement': 'a'}: Field required"),
    ("claims.yaml", "[C1]", "claims.yaml holds list, not a mapping of fields"),
    ("claims.yaml", "C1: {x", "claims.yaml is not YAML: "),
    ("published.yaml", "columns: 3", "'columns' has the value 3: Input should be a valid dictionary"),
    ("published.yaml", "\x00", "published.yaml is not YAML: "),
    ("published.yaml", "[" * 5000, "published.yaml is not YAML: "),
]


@pytest.mark.parametrize(("name", "text", "said"), PAPER, ids=[said[:40] for *_, said in PAPER])
def test_a_bad_file_of_the_paper_is_refused(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    results = Results(tmp_path, load_profile(PROFILES / "smoke.yaml"), tmp_path)
    assert_matches(said, said_of(lambda: results.claims if name == "claims.yaml" else results.published))


def test_a_claim_that_the_papers_claims_lack_is_named(tmp_path):
    (tmp_path / "claims.yaml").write_text("{}")
    results = Results(tmp_path, load_profile(PROFILES / "smoke.yaml"), tmp_path)
    assert_matches("claims.yaml states no C1; it states", said_of(check, results, "C1"))


RIGHT = {
    **{"kind": "residual", "alpha": 1.0, "shape": [3, 2], "prompts": 1, "positions": 2, "rises": [], "falls": []},
    **{"kl": {"base": 1.0, "superficial": 0.5}, "kl_by_position": [], "energy_by_rank": []},
}


@pytest.mark.parametrize(
    ("card", "change", "said"),
    [
        ({}, {"shape": None}, "inspect.json: field 'shape' has the value None: Input should be a valid list"),
        ({}, {"kl": {"base": 1.0}}, "inspect.json: field 'kl.superficial' has the value {'base': 1.0}: Field required"),
        ({}, {"rises": [{"token": 3}]}, "inspect.json: field 'rises.0.token' has the value 3: Input should be"),
        ({}, {"kind": "white-box"}, "inspect.json: field 'kind' has the value 'white-box': Input should be 'residual'"),
        ({"base": "llama"}, {}, "The head's card has a wrong field 'base'"),
    ],
)
def test_a_head_that_cannot_be_shown_is_refused(tmp_path, card, change, said):
    def shown() -> str:
        return head_text(card, read_inspection(tmp_path))

    (tmp_path / "inspect.json").write_text(json.dumps(RIGHT))
    head_text({}, read_inspection(tmp_path))
    (tmp_path / "inspect.json").write_text(json.dumps(RIGHT | change))
    assert_matches(said, said_of(shown))
