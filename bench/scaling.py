"""Time and peak memory of extraction against the number of prompts: one process each for x1, x4 and x16.

    .venv/bin/python bench/scaling.py FILE

Writes a list of records: prompts, positions, microseconds_per_position, peak_megabytes.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from records import about

PROMPTS = 512
FACTORS = (1, 4, 16)
NEW_TOKENS = 16


def measure(prompts: int) -> dict[str, float]:
    """Trace so many random prompts of a random Llama pair, shard by shard, as the reproduction does."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from superficial.traces.trace import write_shards
    from superficial.traces.tracing import trace_prompts

    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=2048, hidden_size=128, intermediate_size=256, num_hidden_layers=3, num_attention_heads=4
    )
    base, aligned = (LlamaForCausalLM(config).eval() for _ in range(2))
    drawn = [torch.randint(3, 2048, (20 + number % 20,)).tolist() for number in range(prompts)]
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        parts = trace_prompts(base, aligned, drawn, drawn, [2], NEW_TOKENS, batch_size=64)
        write_shards(Path(folder), (trace for trace, _ in parts))
    seconds = time.perf_counter() - begin
    positions = prompts * NEW_TOKENS
    return {
        "prompts": prompts,
        "positions": positions,
        "microseconds_per_position": 1e6 * seconds / positions,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def main() -> None:
    if sys.argv[1].isdigit():
        print(json.dumps(measure(int(sys.argv[1]))))
        return
    records = []
    for factor in FACTORS:
        command = [sys.executable, __file__, str(factor * PROMPTS)]
        found = subprocess.run(command, check=True, capture_output=True, text=True)
        records.append(about() | json.loads(found.stdout.splitlines()[-1]))
        print(records[-1], flush=True)
    Path(sys.argv[1]).write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
