"""Makes the report on a pair of models, in steps that a rerun does not repeat."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from superficial.files import atomic_write, sha256, write_rows
from superficial.heads.files import CARD, TENSORS, read_card, versions
from superficial.heads.loading import Head, load_head
from superficial.json_files import read_json
from superficial.models.identity import digest
from superficial.models.pair import ModelPair
from superficial.pair_prompts import pair_prompts
from superficial.pair_report.held_out import Split, split_for_new_head, split_for_saved_head
from superficial.pair_report.measuring import SHOWN, TOP, learned_head, measured_positions
from superficial.pair_report.numbers import report_numbers
from superficial.pair_report.page import write_page
from superficial.pair_report.work import NUMBERS, PAGE, POSITIONS, Work
from superficial.prompt_files import read_prompts
from superficial.reporting.page.heads import described

# The columns with the first tokens of each model at each position; the viewer's files have them.
_LISTS = ("_tokens", "_probabilities")


@dataclass(frozen=True)
class Report:
    """A finished report: its page, and its numbers as report.json holds them."""

    page: Path
    numbers: dict[str, Any]


def report_on_pair(
    base: str, aligned: str, prompts: Path, out: Path, head: Path | None, max_new_tokens: int, seed: int
) -> Report:
    """Make the report on a base and an aligned model, or continue one that was interrupted.

    Args:
        base: a checkpoint's folder, or the id of a model of the hub.
        aligned: the aligned model, likewise.
        prompts: a file of prompts, see `read_prompts`.
        out: a new folder, or that of an interrupted report with the same arguments.
        head: a saved head of this base; None: a residual head is learned from four fifths of the prompts.
        max_new_tokens: the longest response, in tokens.
        seed: draws the held-out prompts, and the head's validation prompts.

    Raises:
        ValueError: if the folder is something else, a file is missing or cannot be read, the two models are not a pair,
            the head belongs to another base, or too few prompts are held out; all of it before anything long begins.
    """
    work = Work(out)
    work.check_new_or_begun()
    texts = read_prompts(prompts)
    card = {} if head is None else read_card(head)
    models = ModelPair.load(base, aligned, texts)
    read = pair_prompts(models.tokenizer, models.aligned_tokenizer, texts, models.end_tokens)
    split = split_for_new_head(read, seed) if head is None else split_for_saved_head(read, card)
    saved = None if head is None else load_head(head, models.base, models.tokenizer)
    identities = models.identities()
    work.begin(
        identities
        | {
            "prompts": digest(read.texts),
            "head": "" if head is None else digest([sha256(head / name) for name in (TENSORS, CARD)]),
            "max_new_tokens": max_new_tokens,
            "seed": seed,
        }
    )
    if not work.is_finished:
        held_out = read.select(split.held_out)
        used = saved or learned_head(models, read.select(split.learned), max_new_tokens, seed, work)
        positions = measured_positions(models, used, held_out, max_new_tokens, work)
        of_aligned = positions[positions["response"] == "aligned"].reset_index(drop=True)
        names = {side: identity["name"] for side, identity in identities.items()}
        facts = names | _facts(split, len(read.texts), used)
        numbers = facts | report_numbers(of_aligned) | {"cost": _cost(models, work)}
        inspection = {} if used.inspection is None else used.inspection.model_dump()
        subtitle = f"{used.kind} head, strength {used.alpha:g}"
        gallery = described(f"{names['aligned']} on {names['base']}", subtitle, used.card, of_aligned, inspection)
        write_rows(of_aligned[[name for name in of_aligned if not name.endswith(_LISTS)]], out / POSITIONS)
        with atomic_write(out / NUMBERS) as path:
            path.write_text(json.dumps(numbers, indent=1, allow_nan=False), encoding="utf-8")
        write_page(out, positions, held_out.texts, numbers, gallery, facts | {"cost": numbers["cost"]})
    work.finish()
    return Report(out / PAGE, read_json(out / NUMBERS))


def _facts(split: Split, prompts: int, head: Head) -> dict[str, Any]:
    return {
        "learned_from": len(split.learned),
        "left_out": prompts - len(split.learned) - len(split.held_out),
        "shown": min(SHOWN, len(split.held_out)),
        "top": TOP,
        "kind": head.kind,
    }


def _cost(models: ModelPair, work: Work) -> dict[str, str]:
    """Return what the report took, in words."""
    seconds = work.seconds()
    device = models.base.device
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    steps = {step: f"{taken / 60:.1f} min" if taken >= 60 else f"{taken:.0f} s" for step, taken in seconds.items()}
    total = sum(seconds.values())
    return {
        **steps,
        "in all": f"{total / 60:.1f} min",
        "device": f"{where}, {torch.get_num_threads()} threads",
        "dtype": str(models.base.dtype).removeprefix("torch."),
        **versions(),
    }
