"""The page of a report: the parts that the page of a run has, without scores, about one pair and one head."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd

from superficial.files import atomic_write
from superficial.pair_report.work import PAGE
from superficial.reporting.figures import kl_by_position, shift_tokens
from superficial.reporting.figures.registry import save_figure
from superficial.reporting.figures.style import STYLE
from superficial.reporting.page.build import ASSETS, page_environment
from superficial.reporting.page.data import Numbering, write_data
from superficial.reporting.page.heads import HeadCard
from superficial.reporting.page.viewer import RESPONSES, response_data

# Prompts in one file of the viewer, which is loaded when one of them is chosen.
_GROUP = 16
_TITLE_CHARACTERS = 60
_FIGURES = {
    "kl-by-position": (
        kl_by_position,
        "Mean KL to the aligned model by response position, of the base alone and with the head; bands are 95 % "
        "intervals over held-out prompts.",
    ),
    "shift-tokens": (
        shift_tokens,
        "Tokens of the base and of the aligned model at all shift tokens, larger where more frequent, and the most "
        "frequent pairs.",
    ),
}


def write_page(
    folder: Path,
    positions: pd.DataFrame,
    prompts: list[str],
    numbers: dict[str, Any],
    head: HeadCard,
    facts: dict[str, Any],
) -> Path:
    """Write the page and the files that it loads; the page itself comes last.

    Args:
        folder: of the report.
        positions: one row per position of each response, see `measured_positions`.
        prompts: the held-out prompts, by their numbers.
        numbers: see `report_numbers`.
        head: the head, as a gallery shows it.
        facts: what else the template shows: base, aligned, learned_from, left_out, top and cost.
    """
    for part in ("data", "figures", "assets"):
        shutil.rmtree(folder / part, ignore_errors=True)
    shutil.copytree(ASSETS, folder / "assets")
    content = facts | {
        "numbers": numbers,
        "head": head,
        "figures": _write_figures(folder / "figures", positions[positions["response"] == "aligned"]),
        "index": {"view": _write_viewer(folder / "data", positions, prompts), "harmful": []},
    }
    page = page_environment().get_template("pair.html.j2").render(content)
    with atomic_write(folder / PAGE) as path:
        path.write_text(page, encoding="utf-8")
    return folder / PAGE


def _write_figures(folder: Path, positions: pd.DataFrame) -> list[dict[str, str]]:
    with plt.style.context(STYLE):
        for name, (figure, _) in _FIGURES.items():
            drawn, data = figure.draw_positions(positions)
            save_figure(drawn, data, folder, name)
    return [{"name": name, "caption": caption, "alt": figure.ALT} for name, (figure, caption) in _FIGURES.items()]


def _write_viewer(folder: Path, positions: pd.DataFrame, prompts: list[str]) -> list[dict[str, Any]]:
    """Write the prompts of which every response was recorded, and return what the page must know beforehand."""
    by_prompt: dict[int, dict[str, pd.DataFrame]] = {}
    for (number, who), rows in positions.groupby(["prompt", "response"]):
        by_prompt.setdefault(number, {})[who] = rows
    shown = [number for number, of_prompt in by_prompt.items() if set(of_prompt) == set(RESPONSES)]
    index = []
    for begin in range(0, len(shown), _GROUP):
        group, words = shown[begin : begin + _GROUP], Numbering()
        questions = [
            {
                "id": _title(number, prompts[number]),
                "prompt": prompts[number],
                "reference": "",
                "responses": {who: response_data(by_prompt[number][who], words) for who in RESPONSES},
                "by_value": {},
            }
            for number in group
        ]
        name = f"{begin + 1} to {begin + len(group)}"
        write_data(folder, f"view-{name}", {"questions": questions, "values": {}, "means": [], "words": words.values()})
        index.append({"name": name, "questions": [question["id"] for question in questions], "harmful": False})
    return index


def _title(number: int, prompt: str) -> str:
    line = " ".join(prompt.split())
    return f"{number + 1}: {line if len(line) <= _TITLE_CHARACTERS else line[: _TITLE_CHARACTERS - 1] + '…'}"
