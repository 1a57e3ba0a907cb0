"""Stage 3: recorded scores and KL -> table 1, the recovery table and the KL summary. Imports no torch."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from superficial.files import atomic_write
from superficial.measures.recovery import Estimate, mean, recovered_share, wilson

VARIANTS = ("base", "aligned", "superficial")
HARMFUL = 5
FIRST_POSITIONS = 10


def rate(values: pd.Series) -> Estimate:
    return wilson(int(values.sum()), len(values))


def write(table: pd.DataFrame, stem: Path) -> None:
    with atomic_write(stem.with_suffix(".csv")) as path:
        table.to_csv(path, index=False, float_format="%.6f")
    rows = [list(table.columns), ["---"] * len(table.columns), *table.map(_cell).values.tolist()]
    with atomic_write(stem.with_suffix(".md")) as path:
        path.write_text("".join(f"| {' | '.join(row)} |\n" for row in rows))


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    scores = {v: {p.stem: pd.read_parquet(p) for p in (out / "scores" / v).glob("*.parquet")} for v in VARIANTS}
    rows = []
    for variant, by in scores.items():
        garbled = pd.concat([by[name]["garbled"] for name in sorted(by)])
        measures = {
            "gsm": rate(by["gsm"]["score"]),
            "toxi_score": rate(by["toxigen"]["score"]),
            "harm_rate": rate(by["advbench"]["score"] == HARMFUL),
            "harm_score": mean(by["advbench"]["score"].to_numpy(), seed=0),
            "info_true": rate(by["truthfulqa"]["score"]),
            "over_refusal": rate(by["overrefusal"]["score"]),
            "garbled": rate(garbled),
        }
        rows += [{"variant": variant, "measure": name, **vars(estimate)} for name, estimate in measures.items()]
    write(pd.DataFrame(rows), out / "tables" / "table1")

    recovery = []
    for benchmark in ("gsm", "toxigen", "advbench", "truthfulqa"):
        columns = [[scores[v][benchmark]["score"].to_numpy()] for v in VARIANTS]
        try:
            estimate = recovered_share(*columns, seed=0)
        except ValueError:
            # Base and aligned score alike: there is no share, and the table shows the gap.
            estimate = Estimate(np.nan, np.nan, np.nan)
        recovery.append({"benchmark": benchmark, **vars(estimate)})
    write(pd.DataFrame(recovery), out / "tables" / "recovery")

    kl = pd.read_parquet(out / "measures" / "kl.parquet")
    part = np.where(kl["position"] < FIRST_POSITIONS, f"first {FIRST_POSITIONS}", "later")
    write(
        kl.groupby(part)[["base", "superficial"]].mean().rename_axis("positions").reset_index(), out / "tables" / "kl"
    )
    for name in ("table1", "recovery", "kl"):
        print(f"\n{name}\n{(out / 'tables' / f'{name}.md').read_text()}", flush=True)


if __name__ == "__main__":
    main()
