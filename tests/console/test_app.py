"""The command `superficial`, as a user types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from superficial import __version__
from superficial.console.app import app
from superficial.console.commands import next_lines
from tests.support.pair_files import write_pair


@pytest.fixture
def pair(tmp_path, tokenizer, prompts, monkeypatch):
    """The current folder, with a base, an aligned model that differs in its head alone, and a file of prompts."""
    write_pair(tmp_path, tokenizer, prompts)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def superficial(*words: str, status: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == status, done.output
    return done.stdout, done.stderr


PAIR = ("--base", "base", "--aligned", "aligned", "--prompts", "prompts.txt", "--max-new-tokens", "5")


def test_a_head_is_extracted_inspected_applied_and_compared(pair):
    printed, hints = superficial("extract", *PAIR, "--out", "head")
    assert printed == superficial("inspect", "head")[0]
    assert "next: superficial apply --base base --head head --out MERGED" in hints
    card = json.loads((pair / "head" / "card.json").read_text())
    found = json.loads(superficial("inspect", "head", "--json")[0])
    assert found["card"] == card
    assert found["inspection"]["kl"]["superficial"] < found["inspection"]["kl"]["base"]
    assert json.loads(superficial("apply", "--base", "base", "--head", "head", "--out", "merged", "--json")[0]) == {
        "out": "merged",
        "kind": "checkpoint",
    }
    assert Path("merged/model.safetensors").is_file()
    assert json.loads(superficial("compare", "head", "head", "--json")[0])["cosine"] == pytest.approx(1)


def test_a_report_is_written_and_read_again(pair):
    printed, hints = superficial("report", *PAIR, "--out", "report")
    assert Path("report/index.html").is_file() and "page: report/index.html\n" in printed
    assert "next: superficial apply --base base --head report/head --out MERGED" in hints
    found = json.loads(superficial("report", *PAIR, "--out", "report", "--json")[0])
    assert found["page"] == "report/index.html" and found["prompts"] == 6
    assert f"{found['kl']['fall']['value']:.1%} [" in printed


def test_a_report_without_its_packages_says_what_to_install(pair, monkeypatch):
    monkeypatch.setattr("superficial.console.commands.find_spec", lambda name: None if name == "jinja2" else name)
    _, error = superficial("report", *PAIR, "--out", "report", status=2)
    assert error.startswith("A report needs jinja2, which the extra `report` brings: pip install")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("inspect", "nothing"), "nothing has no card.json, which a saved head has.\n"),
        (("extract", *PAIR, "--out", "head", "--k", "-1"), "k is -1; it must be at least 0.\n"),
        (
            ("apply", "--base", "base", "--head", "head", "--out", "merged", "--alpha", "much"),
            "alpha is 'much'; it must be a number.\n",
        ),
        (("report", *PAIR, "--out", "new"), "There is no file of prompts prompts.txt.\n"),
        (("compare", "one", "two"), "one has no card.json, which a saved head has.\n"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_status_2(tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    assert superficial(*words, status=2) == ("", sentence)


def test_without_a_command_there_is_help_and_torch_is_not_loaded():
    assert "extract" in superficial("--help")[0]
    assert superficial("--version")[0] == f"{__version__}\n"
    code = "import sys, superficial.console.app; print('torch' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_what_to_type_next_is_in_columns():
    assert next_lines([("invoke claims", "all"), ("invoke claim C2", "one")]) == [
        "next: invoke claims    # all",
        "next: invoke claim C2  # one",
    ]
