"""The commands that the pages show exist, take the options they are shown with, and the checked ones run."""

import inspect
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from invoke import Collection
from invoke.parser import Parser

import tasks
from repro.engine.paths import ROOT
from superficial.console.app import app
from tests.documents.pages import CURRENT_PAGES, code_blocks, inline_code, text_of
from tests.reporting.planted import planted_results

_CHECKED = re.compile(r"<!-- checked:.*?-->\n\n?```\w*\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def shell_lines(text: str) -> list[str]:
    """Return every line of a page that may be a command, inline or in a block, without brackets and comments."""
    lines = [*inline_code(text), *(line for block in code_blocks(text) for line in block.splitlines())]
    return [re.sub(r"[\[\]]", "", line).split(" #")[0].strip().removeprefix(".venv/bin/") for line in lines]


def commands(text: str, program: str) -> list[str]:
    return [line for line in shell_lines(text) if line.startswith(f"{program} ")]


def shown(program: str) -> list[tuple[str, str]]:
    """Return each command of a program with the page that shows it."""
    return [(page, line) for page in CURRENT_PAGES for line in dict.fromkeys(commands(text_of(page), program))]


def suggested() -> list[str]:
    """Return the commands that tasks suggest, with a name in place of each value that is filled in."""
    text = "".join(file.read_text("utf-8") for file in sorted((ROOT / "repro" / "cli").glob("*.py")))
    found = re.findall(r'\(f?"(invoke [^"]+)", "', text)
    return [
        re.sub(r"\{[^}]+\}", lambda part: "" if part[0] in ("{of(profile)}", "{option}") else "x", each)
        for each in found
    ]


def checked() -> list[str]:
    blocks = [block for page in CURRENT_PAGES for block in _CHECKED.findall(text_of(page))]
    return [line for block in blocks for line in block.splitlines()]


def test_commands_are_read_from_inline_code_and_blocks():
    text = (
        "Run `invoke table 1 [--profile smoke]`:\n\n    .venv/bin/invoke claims  # all\n\n"
        "```bash\ninvoke audit\n```\nnot invoke this\n"
    )
    assert commands(text, "invoke") == ["invoke table 1 --profile smoke", "invoke audit", "invoke claims"]
    assert len(shown("invoke")) > 40
    assert len(shown("make")) > 3
    assert len(shown("python -m")) > 3
    assert len(checked()) >= 5


@pytest.mark.parametrize(("page", "command"), shown("invoke"))
def test_an_invoke_command_exists(page, command):
    words = [word for word in shlex.split(command)[1:] if word not in ("--list", "--help")]
    if not words:
        return
    parser = Parser(contexts=Collection.from_module(tasks).to_contexts())
    # A page may name a task without its arguments.
    if len(words) == 1:
        assert words[0] in parser.contexts, page
    else:
        (parsed,) = parser.parse_argv(words)
        assert parsed.name == words[0]


@pytest.mark.parametrize("command", ["invoke tabel 1", "invoke claims --no-such-option", "invoke tabel"])
def test_an_unknown_invoke_command_is_noticed(command):
    with pytest.raises(Exception, match=r"tabel|no-such-option|No idea"):
        test_an_invoke_command_exists("", command)


@pytest.mark.parametrize(("page", "command"), shown("superficial"))
def test_a_superficial_command_exists(page, command):
    words = [word for word in shlex.split(command)[1:] if word not in ("--version", "--help", "--install-completion")]
    group = typer.main.get_group(app)
    if not words:
        return
    name, *arguments = words
    assert name in group.commands, page
    # A page may name a command without its arguments.
    if arguments:
        with group.make_context("superficial", words, resilient_parsing=True) as context:
            group.commands[name].make_context(name, arguments, parent=context).close()


@pytest.mark.parametrize("name", tasks.__all__)
def test_a_task_ends_with_what_to_type_next(name):
    source = inspect.getsource(getattr(tasks, name).body)
    assert re.search(r"\b(say_next|show)\(", source)


@pytest.mark.parametrize("command", suggested())
def test_a_suggested_command_exists(command):
    test_an_invoke_command_exists("what to type next", command)


@pytest.mark.parametrize(("page", "command"), shown("make"))
def test_a_make_target_exists(page, command):
    targets = [word for word in shlex.split(command)[1:] if "=" not in word]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in targets), page


@pytest.mark.parametrize(("page", "command"), shown("python -m"))
def test_a_python_module_exists(page, command):
    assert find_spec(shlex.split(command)[2]) is not None, page


@pytest.mark.parametrize(("page", "command"), shown("pytest"))
def test_the_files_given_to_pytest_exist(page, command):
    assert all((ROOT / word).exists() for word in shlex.split(command) if word.startswith("tests/")), page


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
