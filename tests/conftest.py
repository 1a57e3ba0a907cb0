"""Fixtures that several test files use: finished runs at toy size, checkpoints, a tokenizer and prompts."""

import os

import pytest
from hypothesis import HealthCheck, settings

from repro.engine.paths import ROOT
from tests.support.commands import invoke
from tests.support.numeric import NUMERIC

# The tests are the same on every machine: those of GPUs use a simulated one.
os.environ["CUDA_VISIBLE_DEVICES"] = ""
# And in every terminal: a shell may export its width, and readline, which pytest imports, passes one to its processes.
os.environ.pop("COLUMNS", None)
# Nor does a test depend on how fast the machine is.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith(NUMERIC):
            item.add_marker(pytest.mark.numeric)


@pytest.fixture(autouse=True)
def seeded(request):
    """Random numbers of a numeric test are the same whichever tests ran before it."""
    if request.node.get_closest_marker("numeric"):
        import torch

        torch.manual_seed(0)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The results folder of an undisturbed run of profile smoke, and its output. Tests must not change the folder."""
    results = tmp_path_factory.mktemp("results")
    code, out, error = invoke(results, "reproduce-all", "--profile", "smoke")
    assert code == 0, error + out
    return results, out


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory):
    """The results folder of a rehearsal of profile paper, and its output. Tests must not change the folder."""
    results = tmp_path_factory.mktemp("rehearsal")
    code, out, error = invoke(results, "rehearse")
    assert code == 0, error + out
    return results / "rehearsal", out


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    """A finished run of profile central with planted texts and numbers. Tests must not change its folder."""
    from tests.reporting.planted import planted_results

    return planted_results(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="session")
def tiny_checkpoints(tmp_path_factory):
    """A folder of tiny random checkpoints: llama, llama-chat, mistral-instruct, qwen-instruct, toxicity, truth, ..."""
    from repro.engine.rehearsal.checkpoints import write_checkpoints

    folder = tmp_path_factory.mktemp("tiny_checkpoints")
    write_checkpoints(folder, ROOT / "tests" / "fixtures" / "questions")
    return folder


@pytest.fixture
def tokenizer():
    """A word-level tokenizer with a chat template, for the models of `tests.support.tiny_models`."""
    # Imported here, since other tests need not wait for these imports.
    from tests.support.word_tokenizer import word_tokenizer

    return word_tokenizer()


@pytest.fixture
def prompts():
    """32 texts of unequal length in the words of `tokenizer`."""
    import torch

    generator = torch.Generator().manual_seed(7)
    return [" ".join(f"w{int(i)}" for i in torch.randint(1, 61, (3 + n % 5,), generator=generator)) for n in range(32)]
