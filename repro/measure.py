"""measure HEAD: traces of the test questions and dW -> top tokens, target rank and KL at every response position."""

from __future__ import annotations

import pandas as pd
from safetensors.torch import load_file
from stage import begin, use_threads
from tokenizers import Tokenizer

from superficial.files import atomic_write
from superficial.knowledge.heads import load_head
from superficial.knowledge.positions import measure_positions
from superficial.knowledge.traces import read_shards


def main() -> None:
    profile, out, arguments = begin(__doc__, "head")
    use_threads(profile)
    pair_name = profile.heads[arguments.head].pair
    traces, pair = out / "traces" / pair_name, profile.pairs[pair_name]
    weights = load_file(traces / "weights.safetensors")
    head = load_head(out / "heads" / arguments.head)
    columns = measure_positions(weights["base"], weights["aligned"], head.student, read_shards(traces / "test"))
    table = pd.DataFrame({name: values.numpy() for name, values in columns.items()})
    tokenizer = Tokenizer.from_file(str(out / "models" / pair.base / "tokenizer.json"))
    for name in ("source", "target", "student"):
        table[name] = table[name].map(tokenizer.id_to_token)
    asked = pd.read_parquet(traces / "test-responses.parquet")
    table.insert(0, "question_id", table["prompt"].map(asked["question_id"]))
    with atomic_write(out / "measures" / f"{arguments.head}.parquet") as path:
        table.to_parquet(path)


if __name__ == "__main__":
    main()
