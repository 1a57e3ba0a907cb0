"""What a card reaches on random weights in a real model's shape: generation, extraction, distillation.

    python -m bench.gpu --shape llama-2-7b --prompts 256

Each is told in tokens a second, peak memory, and as a share of what the card itself was measured to reach just before:
its bfloat16 and TensorFloat-32 matrix products, and the bandwidth of its memory. Without a card it runs on the CPU.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TypeVar

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from bench.records import about
from superficial.config import load_profile
from superficial.config.external import Architecture
from superficial.distillation.residual import DistillationSettings, distil
from superficial.files import atomic_write
from superficial.models.batches import BESIDE
from superficial.models.generation import batch_size, generate
from superficial.planning.sizes import cache_bytes, token_operations, weight_bytes
from superficial.traces.output_head import OutputHead
from superficial.traces.trace import Trace, collect, near

RESULTS = Path(__file__).with_name("gpu.json")
SETTINGS = DistillationSettings("adam-cosine", 1e-3, 1e-4, 2, 1000, None, None, None, 0)
PROMPT, RESPONSE = 128, 256
_MATRIX, _TIMES = 8192, 5

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One measurement: tokens a second, peak memory (None on the CPU), and the share of the rate that bounds it."""

    what: str
    tokens: int
    tokens_a_second: float
    peak_gigabytes: float | None
    share: float
    of: str


def _seconds(device: torch.device, work: Callable[[], object]) -> float:
    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    wait()
    begin = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - begin


def _timed(device: torch.device, work: Callable[[], T]) -> tuple[float, float | None, T]:
    """Return the seconds of some work, its peak memory in gigabytes (None on the CPU), and what it returns."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    found: list[T] = []
    seconds = _seconds(device, lambda: found.append(work()))
    peak = torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else None
    return seconds, peak, found[0]


def matrix_rate(device: torch.device, dtype: torch.dtype, side: int = _MATRIX) -> float:
    """Return the operations a second of a product of two square matrices, the best of some."""
    left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return 2 * side**3 / min(_seconds(device, lambda: left @ right) for _ in range(_TIMES))


def bandwidth(device: torch.device, count: int = _MATRIX**2) -> float:
    """Return the bytes a second that copying moves, read and written, the best of some."""
    values = torch.zeros(count, device=device)
    return 2 * values.nbytes / min(_seconds(device, values.clone) for _ in range(_TIMES))


def random_model(shape: Architecture, device: torch.device) -> PreTrainedModel:
    """Return a Llama of a shape with random weights, in bfloat16."""
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_value_heads,
        max_position_embeddings=2 * (PROMPT + RESPONSE),
        tie_word_embeddings=shape.tied,
        dtype=torch.bfloat16,
    )
    with device:
        return LlamaForCausalLM(config).to(torch.bfloat16).eval()


def measure(shape: Architecture, count: int, device: torch.device, side: int = _MATRIX) -> list[Row]:
    """Return what generation, extraction and distillation reach with `count` prompts."""
    torch.manual_seed(0)
    products, precise = (matrix_rate(device, dtype, side) for dtype in (torch.bfloat16, torch.float32))
    moved = bandwidth(device, side**2)
    rows, trace, base = _with_the_model(shape, count, device, products, moved)
    return [*rows, _distillation(shape, trace, base, device, precise)]


def _with_the_model(
    shape: Architecture, count: int, device: torch.device, products: float, moved: float
) -> tuple[list[Row], Trace, OutputHead]:
    model = random_model(shape, device)
    prompts = torch.randint(3, shape.vocabulary, (count, PROMPT)).tolist()
    batch = batch_size(model, prompts, RESPONSE, BESIDE)
    # No token ends a response: every one is as long as the limit.
    seconds, peak, responses = _timed(device, lambda: generate(model, prompts, shape.vocabulary, RESPONSE, batch))
    cached = min(batch, count) * cache_bytes(shape, "bfloat16") * (PROMPT + RESPONSE / 2)
    read = -(-count // batch) * RESPONSE * (weight_bytes(shape, "bfloat16") + cached)
    tokens = count * RESPONSE
    rows = [Row("generation", tokens, tokens / seconds, peak, read / seconds / moved, "bandwidth")]

    seconds, peak, trace = _timed(device, lambda: collect(model, model, prompts, prompts, responses, batch))
    tokens = 2 * count * (PROMPT + RESPONSE - 1)
    # The output head is not part of it.
    operations = tokens * (token_operations(shape, (PROMPT + RESPONSE) / 2) - 2 * shape.vocabulary * shape.width)
    share = operations / seconds / products
    rows.append(Row("teacher-forced extraction", tokens, tokens / seconds, peak, share, "bfloat16 products"))
    return rows, trace, OutputHead.of(model)


def _distillation(shape: Architecture, trace: Trace, base: OutputHead, device: torch.device, precise: float) -> Row:
    base = base.to(device)
    aligned = OutputHead(base.weight + 0.01 * torch.randn_like(base.weight))
    check, positions = _first(trace, SETTINGS.batch_size), len(trace.token)
    seconds, peak, _ = _timed(device, lambda: distil(base, aligned, near(trace, device), check, SETTINGS))
    product = 2.0 * shape.vocabulary * shape.width
    # Each epoch: the student, the teacher, the gradient, the states' whitening; once: both models' logits.
    operations = positions * (SETTINGS.epochs * (3 * product + 2 * shape.width**2) + 2 * product)
    tokens = SETTINGS.epochs * positions
    share = operations / seconds / precise
    return Row("distillation", tokens, tokens / seconds, peak, share, "float32 products")


def _first(trace: Trace, count: int) -> Trace:
    return Trace(**{field.name: getattr(trace, field.name)[:count] for field in fields(Trace)})


def main() -> None:
    """Measure, print, and write gpu.json beside this file; records.py shows it."""
    paper = load_profile(Path(__file__).parents[1] / "repro" / "profiles" / "paper.yaml")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=sorted(paper.architectures), default="llama-2-7b")
    parser.add_argument("--prompts", type=int, default=256)
    arguments = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cuda.matmul.allow_tf32 = True
    rows = measure(paper.architectures[arguments.shape], arguments.prompts, device)
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    found = about() | {"card": card, "shape": arguments.shape, "rows": [asdict(row) for row in rows]}
    text = json.dumps(found, indent=1)
    with atomic_write(RESULTS) as path:
        path.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
