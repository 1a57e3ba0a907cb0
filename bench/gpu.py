"""Measures the parts of a run on a GPU, with random weights in the shape of a real model.

    python -m bench.gpu --shape llama-2-7b --prompts 1024 --out bench/gpu.json

Each part gives tokens per second, peak memory, its share of what the GPU itself reaches (the rates of its bfloat16 and
TensorFloat-32 matrix products and the bandwidth of its memory, measured just before), and the seconds that the plan
expects of the same work. Without a GPU it runs on the CPU.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from bench import card, gpu_heads
from bench.gpu_heads import Measured
from bench.records import argument_parser, date_and_machine, publish
from repro.engine.paths import profile_file
from superficial.config import Profile, load_profile
from superficial.config.shapes import Architecture
from superficial.models.batch_size import choose_batch_size
from superficial.models.batches import MEMORY_SHARE_WITH_SECOND_MODEL
from superficial.models.device import set_up_torch
from superficial.models.generation import generate
from superficial.planning.call import CallPlan, GenerationPlan
from superficial.planning.rates import Assumptions, Card, read_rates
from superficial.planning.sizes import cache_bytes, token_operations, weight_bytes
from superficial.traces.output_head import OutputHead
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_responses

# Tokens.
PROMPT, RESPONSE = 128, 256
# The vocabularies of Llama-2 and of Qwen2.5, and the width of the smaller model's states.
VOCABULARIES = {32000: 4096, 151936: 2048}
_MATRIX_SIDE = 8192
# The token that ends a response; a random model hardly ever generates it.
_END = 0
# Prompts whose traces are in memory at once, as in the stage; generation is measured on as many as fit one batch.
_PROMPTS_AT_ONCE, _GENERATED = 512, 128


@dataclass(frozen=True)
class Row:
    """A measurement: what bounds the work and the share that is reached, and what the plan expected.

    `peak_gigabytes` is None on the CPU, `planned_seconds` on a card that the plan does not know.
    """

    what: str
    tokens: int
    seconds: float
    tokens_a_second: float
    peak_gigabytes: float | None
    share: float
    of: str
    planned_seconds: float | None


@dataclass(frozen=True)
class Rates:
    """What this card was measured to reach, and what the plan assumes of it."""

    bfloat16: float
    float32: float
    bandwidth: float
    card: Card | None
    assumptions: Assumptions

    def planned(self, call: CallPlan) -> float | None:
        """Return the seconds that the plan expects."""
        return call.seconds(self.card, self.assumptions) if self.card else None


def measured_rates(device: torch.device, side: int) -> Rates:
    """Measure the card, and find it in the plan's table."""
    table = read_rates()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    known = next((entry for known, entry in table.cards.items() if known in name), None)
    return Rates(
        card.matrix_rate(device, torch.bfloat16, side),
        card.matrix_rate(device, torch.float32, side),
        card.bandwidth(device, 8 * side**2),
        known,
        table.assumptions,
    )


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


def measure(
    profile: Profile, shape: Architecture, count: int, device: torch.device, side: int = _MATRIX_SIDE
) -> tuple[list[Row], Rates]:
    """Measure generation, extraction at `count` prompts and at a quarter, and the training of heads."""
    torch.manual_seed(0)
    rates = measured_rates(device, side)
    model = random_model(shape, device)
    rows = [_generation(shape, model, rates, min(count, _GENERATED))]
    for prompts in (max(1, count // 4), count):
        row, trace, head = _extraction(shape, model, rates, prompts)
        rows.append(row)
    del model
    rows.append(_head_row(gpu_heads.residual(profile, trace, head, device), rates))
    del trace
    for vocabulary, width in VOCABULARIES.items():
        rows.append(_head_row(gpu_heads.black_box(profile, vocabulary, width, count * RESPONSE, device), rates))
    return rows, rates


def _random_tokens(shape: Architecture, count: int, length: int) -> list[list[int]]:
    return torch.randint(3, shape.vocabulary, (count, length)).tolist()


def _generation(shape: Architecture, model: PreTrainedModel, rates: Rates, count: int) -> Row:
    prompts = _random_tokens(shape, count, PROMPT)
    batch = choose_batch_size(model, prompts, RESPONSE, MEMORY_SHARE_WITH_SECOND_MODEL)
    generate(model, prompts[:2], _END, 4, 2)
    taken, peak, responses = card.timed(model.device, lambda: generate(model, prompts, _END, RESPONSE, batch))
    cached = min(batch, count) * cache_bytes(shape, "bfloat16") * (PROMPT + RESPONSE / 2)
    read = -(-count // batch) * RESPONSE * (weight_bytes(shape, "bfloat16") + cached)
    plan = GenerationPlan(shape, "bfloat16", count, PROMPT, PROMPT, RESPONSE, MEMORY_SHARE_WITH_SECOND_MODEL)
    planned = rates.planned(CallPlan("generation", "", operations=plan.operations, generations=(plan,)))
    tokens, share = sum(map(len, responses)), read / taken / rates.bandwidth
    return Row("generation", tokens, taken, tokens / taken, peak, share, "bandwidth", planned)


def _shards(shape: Architecture, model: PreTrainedModel, count: int) -> Iterator[Trace]:
    """Trace given responses, some prompts at a time, as the stage does."""
    for begin in range(0, count, _PROMPTS_AT_ONCE):
        part = min(_PROMPTS_AT_ONCE, count - begin)
        prompts, responses = _random_tokens(shape, part, PROMPT), _random_tokens(shape, part, RESPONSE)
        batch = choose_batch_size(model, prompts, RESPONSE, MEMORY_SHARE_WITH_SECOND_MODEL)
        yield trace_responses(model, model, prompts, prompts, responses, batch, first_prompt=begin)


def _extraction(shape: Architecture, model: PreTrainedModel, rates: Rates, count: int) -> tuple[Row, Trace, OutputHead]:
    next(_shards(shape, model, min(count, 2)))
    taken, peak, shards = card.timed(model.device, lambda: list(_shards(shape, model, count)))
    tokens = 2 * count * (PROMPT + RESPONSE - 1)
    # Extraction does not compute logits.
    operations = tokens * (token_operations(shape, (PROMPT + RESPONSE) / 2) - 2 * shape.vocabulary * shape.width)
    planned = rates.planned(CallPlan("extraction", "", operations=operations))
    share, what = operations / taken / rates.bfloat16, f"extraction, {count} prompts"
    row = Row(what, tokens, taken, tokens / taken, peak, share, "bfloat16 products", planned)
    return row, Trace.concatenate(shards), OutputHead.of(model)


def _head_row(head: Measured, rates: Rates) -> Row:
    call = CallPlan("distil", "", operations=head.operations, float32_operations=head.operations)
    share = head.operations / head.seconds / rates.float32
    rate = head.positions / head.seconds
    return Row(
        head.what,
        head.positions,
        head.seconds,
        rate,
        head.peak_gigabytes,
        share,
        "float32 products",
        rates.planned(call),
    )


def main() -> None:
    profile = load_profile(profile_file("paper"))
    parser = argument_parser(__doc__)
    parser.add_argument("--shape", choices=sorted(profile.architectures), default="llama-2-7b")
    parser.add_argument("--prompts", type=int, default=1024)
    arguments = parser.parse_args()
    # As in the workflow.
    os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    set_up_torch(torch.get_num_threads())
    rows, rates = measure(profile, profile.architectures[arguments.shape], arguments.prompts, device)
    found = {
        "card": torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        "shape": arguments.shape,
        "bfloat16_teraflops": rates.bfloat16 / 1e12,
        "float32_teraflops": rates.float32 / 1e12,
        "bandwidth_gigabytes": rates.bandwidth / 1e9,
    }
    publish(date_and_machine() | found | {"rows": [asdict(row) for row in rows]}, arguments.out)


if __name__ == "__main__":
    main()
