"""How torch computes in this process: on which device, with how many threads, and reproducibly."""

from __future__ import annotations

import torch


def set_up_torch(threads: int, needs_gpu: bool = False) -> None:
    """Set up torch in this process, so that a computation gives the same numbers every time.

    Args:
        threads: of torch; more than this process's share of the cores slows all processes down.
        needs_gpu: refuse to run without a GPU.

    Raises:
        ValueError: if a GPU is needed, and torch sees none.
    """
    if needs_gpu:
        require_gpu()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # TensorFloat-32 represents bfloat16 weights and states exactly; dW loses less than a thousandth of each value.
    torch.backends.cuda.matmul.allow_tf32 = True


def require_gpu() -> None:
    """Check that there is a GPU.

    Raises:
        ValueError: if torch sees none.
    """
    if not torch.cuda.is_available():
        build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "the CPU only"
        raise ValueError(
            f"This profile needs a GPU, but torch {torch.__version__}, built for {build}, sees none. Check whether "
            "`nvidia-smi` shows one; docs/PAPER_RUN.md says what can be run without one. With `needs_gpu: false` in "
            "the profile, everything runs on the CPU."
        )


def device() -> str:
    """Return the device on which heads are trained and measured."""
    return "cuda" if torch.cuda.is_available() else "cpu"
