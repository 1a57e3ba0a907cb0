"""Where models and heads are computed, with how many threads, and with which arithmetic."""

from __future__ import annotations

import torch


def set_up_torch(threads: int, needs_card: bool = False) -> None:
    """Set up torch in this process, so that a computation gives the same numbers each time.

    Args:
        threads: more than this process's share of the cores would slow every process down.
        needs_card: refuse to run without a GPU.

    Raises:
        ValueError: where a GPU is needed and torch sees none.
    """
    if needs_card:
        require_card()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # TensorFloat-32 loses nothing of bfloat16 weights and states, and of dW what lies below a thousandth of a value.
    torch.backends.cuda.matmul.allow_tf32 = True


def require_card() -> None:
    """Check that there is a GPU.

    Raises:
        ValueError: where torch sees none.
    """
    if not torch.cuda.is_available():
        built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "the CPU alone"
        raise ValueError(
            f"This profile needs a GPU, and torch {torch.__version__}, built for {built}, sees none: does `nvidia-smi` "
            "show it? `needs_card: false` in the profile would do all its work on the CPU."
        )


def device() -> str:
    """Return where heads are learned and measured."""
    return "cuda" if torch.cuda.is_available() else "cpu"
