"""score JUDGE: recorded responses -> the score of every response that a judge scores, as first or second judge."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from superficial.artifacts import RESPONSES, SCORES, SECOND_SCORES
from superficial.config import Profile
from superficial.config.judges import ClassifierJudge, GenerativeJudge
from superficial.files import write_rows
from superficial.judges.scoring import make_judge, score_rows
from superficial.models.device import set_up_torch
from superficial.progress import progress


def main(profile: Profile, out: Path, name: str) -> None:
    settings = profile.all_judges()[name]
    if isinstance(settings, ClassifierJudge | GenerativeJudge):
        # A function or an endpoint runs without a GPU.
        set_up_torch(profile.threads, profile.needs_gpu)
    responses: dict[Path, pd.DataFrame] = {}
    for scores, benchmarks in (
        (SCORES, profile.benchmarks_judged_by(name)),
        (SECOND_SCORES, profile.benchmarks_second_judged_by(name)),
    ):
        for variant in profile.variants:
            for benchmark in profile.benchmarks_of(variant):
                if benchmark in benchmarks:
                    file = scores.of(variant=variant, benchmark=benchmark)
                    responses[out / file] = pd.read_parquet(out / RESPONSES.of(variant=variant, benchmark=benchmark))
    with progress(f"judging by {name}", sum(map(len, responses.values()))) as advance:
        judge = make_judge(settings, out / "judges" / name, pd.concat(responses.values()))
        for path, rows in responses.items():
            write_rows(score_rows(judge, rows, advance), path)
