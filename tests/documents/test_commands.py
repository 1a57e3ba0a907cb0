"""The commands that the documents name exist, take the options they are shown with, and the checked ones run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from invoke import Collection
from invoke.parser import Parser

import tasks
from repro.engine.paths import ROOT
from tests.reporting.planted import planted_results

DOCUMENTS = ("README.md", "ARTIFACT.md", "DATA.md", "MODEL_CARD.md", "docs/CLUSTER.md")
_CHECKED = re.compile(r"<!-- checked:.*?-->\n((?: {4}.*\n)+)")


def commands(text: str) -> list[str]:
    """Return every `invoke ...` of a document, inline or in a block; options in brackets may be left out."""
    inline = re.findall(r"`(?:\.venv/bin/)?(invoke [^`]*)`", text)
    blocks = re.findall(r"^ {4}(?:\.venv/bin/)?(invoke .*)$", text, flags=re.MULTILINE)
    return [re.sub(r"[\[\]]", "", command).split(" #")[0].strip() for command in (*inline, *blocks)]


def named() -> list[tuple[str, str]]:
    return [(name, one) for name in DOCUMENTS for one in dict.fromkeys(commands((ROOT / name).read_text("utf-8")))]


def checked() -> list[str]:
    blocks = [block for name in DOCUMENTS for block in _CHECKED.findall((ROOT / name).read_text("utf-8"))]
    return [line.strip() for block in blocks for line in block.splitlines()]


def test_commands_are_found_where_they_are_written():
    text = "Say `invoke table 1 [--profile smoke]`:\n\n    .venv/bin/invoke claims  # all\n\nnot invoke this\n"
    assert commands(text) == ["invoke table 1 --profile smoke", "invoke claims"]
    assert len(named()) > 10
    assert len(checked()) >= 5


@pytest.mark.parametrize(("document", "command"), named())
def test_a_named_command_is_one_that_invoke_takes(document, command):
    words = shlex.split(command)[1:]
    if words == ["--list"]:
        return
    parser = Parser(contexts=Collection.from_module(tasks).to_contexts())
    # A task may be named without what it is to work on.
    if len(words) == 1:
        assert words[0] in parser.contexts, document
    else:
        (parsed,) = parser.parse_argv(words)
        assert parsed.name == words[0]


@pytest.mark.parametrize("command", ["invoke tabel 1", "invoke claims --no-such-option"])
def test_a_command_that_is_none_would_be_found(command):
    with pytest.raises(Exception, match=r"tabel|no-such-option|No idea"):
        test_a_named_command_is_one_that_invoke_takes("", command)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    (folder / "central").mkdir()
    planted_results(folder / "central")
    return folder


@pytest.mark.parametrize("command", checked())
def test_a_checked_command_runs_on_recorded_results(command, results):
    words = [str(Path(sys.executable).with_name("invoke")), *shlex.split(command)[1:], "--profile", "central"]
    environment = os.environ | {"SUPERFICIAL_RESULTS": str(results)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
