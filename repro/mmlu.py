"""mmlu VARIANT: a variant of a finished run -> MMLU by the likelihood of the letters, through lm-eval."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from stage import run, use_torch

from superficial.config import Profile
from superficial.files import write_rows
from superficial.knowledge.heads import load_head
from superficial.models.harness import Harness, score_mmlu
from superficial.models.loading import load_model


def main(profile: Profile, out: Path, arguments: Namespace) -> None:
    use_torch(profile)
    name, settings = arguments.variant, arguments.part
    variant = profile.variants[name]
    model, tokenizer = load_model(out / "models" / variant.model)
    processors = load_head(out / "heads" / variant.head).attach(model) if variant.head else []
    folder = Path(settings["tasks"]) if settings["tasks"] else None
    rows = score_mmlu(Harness(model, tokenizer, processors), settings["shots"], settings["limit"], folder)
    write_rows(rows.assign(variant=name), out / "mmlu" / f"{name}.parquet")


if __name__ == "__main__":
    run(main, __doc__, "variant")
