"""world NAME: profile -> the questions, the texts around them, the tokenizer and the style tokens of a lab world.

Also how familiar the base corpus is with each test question; only the table `familiarity` reads that.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from superficial.config import SPLITS, Profile
from superficial.files import atomic_folder, atomic_write, write_rows
from superficial.lab.conversations import in_context_texts
from superficial.lab.corpus import familiarity
from superficial.lab.questions import make_questions
from superficial.lab.tokenizer import build_tokenizer
from superficial.lab.world import content_words, make_world
from superficial.progress import progress


def main(profile: Profile, out: Path, name: str) -> None:
    settings, folder = profile.worlds[name], out / "worlds" / name
    world = make_world(settings.seed)
    for split in SPLITS:
        questions = make_questions(world, split, settings.questions[split])
        rows = [
            {
                "question_id": f"{question.benchmark}-{split}-{number}",
                "benchmark": question.benchmark,
                "prompt": question.text,
                "reference": json.dumps(question.reference, sort_keys=True),
            }
            for number, question in enumerate(questions)
        ]
        write_rows(pd.DataFrame(rows), folder / f"{split}.parquet")
        if split == "test":
            graded = {
                row["question_id"]: familiarity(world, question) for row, question in zip(rows, questions, strict=True)
            }
            table = pd.DataFrame(graded.items(), columns=["question_id", "familiarity"])
            write_rows(table, folder / "familiarity.parquet")
    with progress(f"collecting the words of world {name}", 1) as advance:
        tokenizer = build_tokenizer(world)
        advance(1)
    for field, value in (
        ("distillation.teacher_top", profile.distillation.teacher_top),
        *(("black_box_distillation.k", k) for k in profile.black_box_distillation.k if isinstance(k, int)),
        *((f"heads.{head}.k", k) for head, ks in profile.own_ks().items() for k in ks if isinstance(k, int)),
    ):
        if value is not None and value > len(tokenizer):
            raise ValueError(
                f"Field {field!r} has the value {value}: the vocabulary of world {name} has only "
                f"{len(tokenizer)} tokens."
            )
    with atomic_folder(folder / "tokenizer") as path:
        tokenizer.save_pretrained(path)
    with atomic_write(folder / "context.json") as path:
        path.write_text(json.dumps(in_context_texts(world), indent=1), encoding="utf-8")
    style = sorted(set(tokenizer.get_vocab()) - content_words(world))
    with atomic_write(folder / "style_tokens.txt") as path:
        path.write_text("\n".join(style), encoding="utf-8")
