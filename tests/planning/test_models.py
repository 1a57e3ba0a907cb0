"""What it takes to fetch and to tune models."""

import pytest

from superficial.config import Tuned
from superficial.config.checkpoints import Lora
from superficial.planning.models import plan_model
from superficial.planning.quantities import architecture_of
from superficial.planning.sizes import adapter_parameters, weight_bytes
from tests.planning.profiles import PAPER


def test_a_repository_is_downloaded_in_bfloat16_and_a_local_folder_is_not():
    size = weight_bytes(architecture_of(PAPER, "llama-7b"), "bfloat16")
    assert plan_model(PAPER, "llama-7b").download_bytes == pytest.approx(size, rel=1e-3)
    local = PAPER.models["llama-7b"].model_copy(update={"repo": None, "revision": None, "path": "somewhere"})
    profile = PAPER.model_copy(update={"models": PAPER.models | {"llama-7b": local}})
    assert plan_model(profile, "llama-7b").download_bytes == 0


def with_lora(lora: Lora | None):
    recipe = PAPER.models["llama-7b-lima"]
    assert isinstance(recipe, Tuned)
    tuned = recipe.model_copy(update={"training": recipe.training.model_copy(update={"lora": lora})})
    return PAPER.model_copy(update={"models": PAPER.models | {"llama-7b-lima": tuned}})


def test_adapters_need_less_memory_than_all_weights():
    architecture = architecture_of(PAPER, "llama-7b")
    size = weight_bytes(architecture, "bfloat16")
    adapters = plan_model(with_lora(Lora(rank=8, alpha=16)), "llama-7b-lima")
    everything = plan_model(with_lora(None), "llama-7b-lima")
    assert adapters.disk_bytes == everything.disk_bytes == size
    # Weights, gradients and two moments of all weights, against the weights and the same for the adapters in float32.
    difference = 4 * size - (size + 4 * 4 * adapter_parameters(architecture, 8))
    assert everything.card_bytes - adapters.card_bytes == pytest.approx(difference)
    assert adapters.scratch_bytes == 2 * 4 * adapter_parameters(architecture, 8)
    assert adapters.operations == pytest.approx(3 / 4 * everything.operations)
