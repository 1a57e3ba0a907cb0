"""Tiny models of the architectures of the installed transformers, through everything that is done with a model."""

import pytest
import transformers

from tests.support.architectures import ARCHITECTURES
from tests.support.models_page import PAGE, models_page, outcomes_on_page
from tests.support.sweep import examine

# What people use most, and one of each kind that needs a path of its own.
OFTEN_TRIED = """
    llama qwen3 mistral mixtral gemma gemma2 gemma3 gemma3_text gpt2 gptj opt bloom falcon phi phi3 cohere gpt_oss
    deepseek_v3 deepseek_v32 mamba lfm2 jamba rwkv bert llava openai-gpt
""".split()


@pytest.fixture(scope="module")
def outcomes():
    return outcomes_on_page(PAGE.read_text(encoding="utf-8"))


def test_the_page_has_every_architecture_of_the_installed_transformers(outcomes):
    assert set(outcomes) == set(ARCHITECTURES)
    assert f"transformers {transformers.__version__} knows" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", OFTEN_TRIED)
def test_a_model_is_right_or_refused_as_the_page_says(kind, outcomes):
    assert examine(kind).outcome == outcomes[kind]


@pytest.mark.slow
def test_the_page_is_that_of_the_whole_sweep():
    assert models_page(map(examine, ARCHITECTURES)) == PAGE.read_text(encoding="utf-8")
