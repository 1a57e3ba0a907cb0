"""questions SOURCE: tables of rows -> a source's questions by split, the texts around them, the stylistic tokens."""

from __future__ import annotations

from pathlib import Path

from repro.engine.paths import ROOT
from superficial.config import Profile
from superficial.config.questions import Context
from superficial.files import atomic_write, write_rows
from superficial.progress import progress
from superficial.sources.splits import question_tables
from superficial.sources.style_tokens import style_tokens


def main(profile: Profile, out: Path, name: str) -> None:
    source, folder = profile.sources[name], out / "worlds" / name
    with progress(f"reading the questions of {name}", 1) as advance:
        tables = question_tables(source, (out, ROOT))
        advance(1)
    for split, table in tables.items():
        write_rows(table, folder / f"{split}.parquet")
    templates = {name: questions.template for name, questions in source.questions.items()}
    context = Context(**source.context.model_dump(), templates=templates)
    with atomic_write(folder / "context.json") as path:
        path.write_text(context.model_dump_json(indent=1), encoding="utf-8")
    with atomic_write(folder / "style_tokens.txt") as path:
        # One token a line: a line break itself is written as two characters.
        path.write_text("\n".join(token.replace("\n", "\\n") for token in style_tokens()), encoding="utf-8")
