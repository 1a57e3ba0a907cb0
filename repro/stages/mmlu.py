"""mmlu VARIANT: a variant of a finished run -> MMLU by the likelihood of the letters, through lm-eval."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from transformers import LogitsProcessor

from superficial.config import Profile
from superficial.files import write_rows
from superficial.heads.loading import load_head
from superficial.models.device import set_up_torch
from superficial.models.harness import Harness, score_mmlu
from superficial.models.loading import load_model


def main(profile: Profile, out: Path, name: str, settings: dict[str, Any]) -> None:
    set_up_torch(profile.threads, profile.needs_gpu)
    variant = profile.variants[name]
    model, tokenizer = load_model(out / "models" / variant.model)
    folder = Path(settings["tasks"]) if settings["tasks"] else None
    applied: AbstractContextManager[list[LogitsProcessor]] = nullcontext([])
    if head := profile.head_for(name, "mmlu"):
        applied = load_head(out / "heads" / head).applied_to(model)
    with applied as processors:
        rows = score_mmlu(Harness(model, tokenizer, processors), settings["shots"], settings["limit"], folder)
    write_rows(rows.assign(variant=name), out / "mmlu" / f"{name}.parquet")
