"""score JUDGE: recorded responses -> scores of every question that a judge judges, each with the judge's name."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pandas as pd
from stage import run, use_threads

from superficial.config import Profile
from superficial.config_external import ClassifierJudge, GenerativeJudge
from superficial.files import write_rows
from superficial.judges.scoring import make_judge, scored
from superficial.progress import progress


def main(profile: Profile, out: Path, arguments: Namespace) -> None:
    name = arguments.judge
    benchmarks = profile.judged_by()[name]
    settings = profile.judge_of(benchmarks[0])
    if isinstance(settings, ClassifierJudge | GenerativeJudge):
        # Only these need torch, whose import takes seconds.
        use_threads(profile)
    parts = [(v, b) for v in profile.variants for b in profile.asked_of(v) if b in benchmarks]
    asked = {part: pd.read_parquet(out / "responses" / part[0] / f"{part[1]}.parquet") for part in parts}
    with progress(f"judging by {name}", sum(map(len, asked.values()))) as advance:
        judge = make_judge(settings, out / "judges" / name, pd.concat(asked.values()))
        for (variant, benchmark), rows in asked.items():
            table = scored(judge, rows, advance)
            write_rows(table, out / "scores" / variant / f"{benchmark}.parquet")


if __name__ == "__main__":
    run(main, __doc__, "judge")
