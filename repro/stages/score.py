"""score JUDGE: recorded responses -> scores of every question that a judge judges, first or second, with its name."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from superficial.config import Profile
from superficial.config.external import ClassifierJudge, GenerativeJudge
from superficial.files import write_rows
from superficial.judges.scoring import make_judge, scored
from superficial.models.device import set_up_torch
from superficial.progress import progress
from superficial.reporting.results import SCORES, SECOND_SCORES


def main(profile: Profile, out: Path, name: str) -> None:
    settings = profile.judges_used()[name]
    if isinstance(settings, ClassifierJudge | GenerativeJudge):
        # Only these need torch, whose import takes seconds.
        set_up_torch(profile.threads, profile.needs_card)
    asked = {}
    for folder, benchmarks in ((SCORES, profile.judged_by(name)), (SECOND_SCORES, profile.seconded_by(name))):
        for variant in profile.variants:
            for path in [f"{variant}/{of}.parquet" for of in profile.asked_of(variant) if of in benchmarks]:
                asked[out / folder / path] = pd.read_parquet(out / "responses" / path)
    with progress(f"judging by {name}", sum(map(len, asked.values()))) as advance:
        judge = make_judge(settings, out / "judges" / name, pd.concat(asked.values()))
        for file, rows in asked.items():
            write_rows(scored(judge, rows, advance), file)
