"""Measures time and peak memory of extraction for three numbers of prompts, each in a process of its own.

    python -m bench.scaling --out bench/scaling.json

The record is a list with an entry for each number of prompts: positions, microseconds per position, peak memory.
"""

from __future__ import annotations

import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from bench.records import argument_parser, date_and_machine, publish
from superficial.traces.shards import write_shards
from superficial.traces.tracing import trace_prompts

PROMPTS = (512, 2048, 8192)
NEW_TOKENS = 16


def measure(count: int) -> dict[str, float]:
    """Trace random prompts on a random pair of Llamas, shard by shard as the workflow does."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=2048, hidden_size=128, intermediate_size=256, num_hidden_layers=3, num_attention_heads=4
    )
    base, aligned = (LlamaForCausalLM(config).eval() for _ in range(2))
    prompts = [torch.randint(3, 2048, (20 + number % 20,)).tolist() for number in range(count)]
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_shards(Path(folder), trace_prompts(base, aligned, prompts, prompts, [2], NEW_TOKENS, batch_size=64))
    seconds = time.perf_counter() - begin
    positions = count * NEW_TOKENS
    return {
        "prompts": count,
        "positions": positions,
        "microseconds_per_position": 1e6 * seconds / positions,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def main() -> None:
    arguments = argument_parser(__doc__).parse_args()
    # A fresh process for each: its peak memory is that of one measurement alone.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        publish([date_and_machine() | record for record in pool.map(measure, PROMPTS)], arguments.out)


if __name__ == "__main__":
    main()
