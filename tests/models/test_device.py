"""How torch is set up in a process."""

import pytest
import torch

from superficial.models.device import device, require_gpu, set_up_torch


@pytest.fixture(autouse=True)
def restored():
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic, warn_only=True)


def test_threads_and_deterministic_algorithms_are_set():
    torch.use_deterministic_algorithms(False)
    set_up_torch(2)
    assert torch.get_num_threads() == 2
    assert torch.are_deterministic_algorithms_enabled()


def test_a_missing_gpu_is_one_sentence_where_one_is_needed():
    assert device() == "cpu"
    for check in (require_gpu, lambda: set_up_torch(1, needs_gpu=True)):
        with pytest.raises(ValueError, match=r"This profile needs a GPU, but torch .* sees none\."):
            check()
