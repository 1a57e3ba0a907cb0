"""Measures generation, extraction and distillation on a GPU, with random weights in the shape of a real model.

    python -m bench.gpu --shape llama-2-7b --prompts 256 --out bench/gpu.json

The record holds tokens per second, peak memory, and the share of what the GPU itself reaches: the rates of its bfloat16
and TensorFloat-32 matrix products and the bandwidth of its memory, measured just before. Without a GPU it runs on the
CPU.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from bench.records import argument_parser, date_and_machine, publish
from repro.engine.paths import profile_file
from superficial.config import load_profile
from superficial.config.distillation import DistillationSettings
from superficial.config.shapes import Architecture
from superficial.distillation.residual import distil
from superficial.models.batches import MEMORY_SHARE_WITH_SECOND_MODEL
from superficial.models.generation import choose_batch_size, generate
from superficial.planning.sizes import cache_bytes, token_operations, weight_bytes
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace, to_gpu_if_it_fits
from superficial.traces.tracing import trace_responses

SETTINGS = DistillationSettings(
    optimizer="adam-cosine",
    learning_rate=1e-3,
    epsilon=1e-4,
    epochs=2,
    batch_size=1000,
)
# Tokens.
PROMPT, RESPONSE = 128, 256
_MATRIX_SIDE, _REPETITIONS = 8192, 5

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """A measurement: tokens per second, peak memory (None on the CPU), and the share of the rate that bounds it."""

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
    """Return the seconds that a function takes, its peak memory in gigabytes (None on the CPU), and its result."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    results: list[T] = []
    seconds = _seconds(device, lambda: results.append(work()))
    peak = torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else None
    return seconds, peak, results[0]


def matrix_rate(device: torch.device, dtype: torch.dtype, side: int = _MATRIX_SIDE) -> float:
    """Return the operations per second of a product of two square matrices: the best of several."""
    left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    return 2 * side**3 / min(_seconds(device, lambda: left @ right) for _ in range(_REPETITIONS))


def bandwidth(device: torch.device, count: int = _MATRIX_SIDE**2) -> float:
    """Return the bytes per second, read and written, of copying a tensor: the best of several."""
    values = torch.zeros(count, device=device)
    return 2 * values.nbytes / min(_seconds(device, values.clone) for _ in range(_REPETITIONS))


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
        return LlamaForCausalLM(config).bfloat16().eval()


def measure(shape: Architecture, count: int, device: torch.device, side: int = _MATRIX_SIDE) -> list[Row]:
    """Measure generation, extraction and distillation with `count` prompts."""
    torch.manual_seed(0)
    bfloat16_rate = matrix_rate(device, torch.bfloat16, side)
    float32_rate = matrix_rate(device, torch.float32, side)
    rows, trace, base = _model_rows(shape, count, device, bfloat16_rate, bandwidth(device, side**2))
    return [*rows, _distillation_row(shape, trace, base, device, float32_rate)]


def _model_rows(
    shape: Architecture, count: int, device: torch.device, bfloat16_rate: float, bytes_per_second: float
) -> tuple[list[Row], Trace, OutputHead]:
    model = random_model(shape, device)
    prompts = torch.randint(3, shape.vocabulary, (count, PROMPT)).tolist()
    batch = choose_batch_size(model, prompts, RESPONSE, MEMORY_SHARE_WITH_SECOND_MODEL)
    # No token of the vocabulary ends a response, so each has the full length.
    seconds, peak, responses = _timed(device, lambda: generate(model, prompts, shape.vocabulary, RESPONSE, batch))
    cached = min(batch, count) * cache_bytes(shape, "bfloat16") * (PROMPT + RESPONSE / 2)
    read = -(-count // batch) * RESPONSE * (weight_bytes(shape, "bfloat16") + cached)
    tokens = count * RESPONSE
    rows = [Row("generation", tokens, tokens / seconds, peak, read / seconds / bytes_per_second, "bandwidth")]

    seconds, peak, trace = _timed(device, lambda: trace_responses(model, model, prompts, prompts, responses, batch))
    tokens = 2 * count * (PROMPT + RESPONSE - 1)
    # Extraction does not compute logits.
    operations = tokens * (token_operations(shape, (PROMPT + RESPONSE) / 2) - 2 * shape.vocabulary * shape.width)
    share = operations / seconds / bfloat16_rate
    rows.append(Row("teacher-forced extraction", tokens, tokens / seconds, peak, share, "bfloat16 products"))
    return rows, trace, OutputHead.of(model)


def _distillation_row(
    shape: Architecture, trace: Trace, base: OutputHead, device: torch.device, float32_rate: float
) -> Row:
    base = base.to(device)
    pair = Pair(base, base.with_residual(0.01 * torch.randn_like(base.weight)))
    validation, positions = trace.select(slice(SETTINGS.batch_size)), len(trace)
    seconds, peak, _ = _timed(device, lambda: distil(pair, to_gpu_if_it_fits(trace, device), validation, SETTINGS))
    product = 2.0 * shape.vocabulary * shape.width
    # Every epoch: student, teacher, gradient, and whitening of the states. Once: the logits of both models.
    operations = positions * (SETTINGS.epochs * (3 * product + 2 * shape.width**2) + 2 * product)
    tokens = SETTINGS.epochs * positions
    share = operations / seconds / float32_rate
    return Row("distillation", tokens, tokens / seconds, peak, share, "float32 products")


def main() -> None:
    shapes = load_profile(profile_file("paper")).architectures
    parser = argument_parser(__doc__)
    parser.add_argument("--shape", choices=sorted(shapes), default="llama-2-7b")
    parser.add_argument("--prompts", type=int, default=256)
    arguments = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cuda.matmul.allow_tf32 = True
    rows = measure(shapes[arguments.shape], arguments.prompts, device)
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    publish(
        date_and_machine() | {"card": card, "shape": arguments.shape, "rows": [asdict(row) for row in rows]},
        arguments.out,
    )


if __name__ == "__main__":
    main()
