"""`invoke why` traces a number to the files, records and models that it comes from."""

import hashlib
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from repro.engine import paths
from repro.engine.paths import PAPER
from superficial.config import load_profile
from superficial.reporting.results import Results
from superficial.reporting.why import why
from tests.support.commands import flip_a_bit

SMOKE = load_profile(paths.profile_file("smoke"))


def results_in(folder: Path) -> Results:
    return Results(folder, SMOKE, PAPER)


def text_of(tree) -> str:
    console = Console(width=1000, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(tree)
    return capture.get()


@pytest.mark.parametrize("row", ["Small+Superficial", "7B+Superficial"])
def test_a_cell_is_traced_to_its_questions_head_traces_and_models(run, row):
    folder = run[0] / "smoke"
    text = text_of(why(results_in(folder), f"table1.{row}.gsm"))
    parts = """scores/Small+Superficial/gsm.parquet; 8 questions, gsm-test-0, gsm-test-1; heads/small/card.json;
        kind residual; traces/small/test/00000.safetensors; models/small-chat/model.safetensors;
        worlds/main/context.json; distillation.seeds [1, 2]; torch 2.; threads 1"""
    for part in map(str.strip, parts.split(";")):
        assert part in text, part
    for stage in ("evaluate small", "distil small", "traces small", "train small-chat", "train small", "world main"):
        assert f"{stage}: " in text
        assert f"repro.engine.stage {stage.split()[0]}" in text
    digest = hashlib.sha256((folder / "heads/small/head.safetensors").read_bytes()).hexdigest()
    assert f"heads/small/head.safetensors (sha256 {digest[:12]})" in text
    assert "control" not in text, "heads that this variant does not use are not part of its number"


def test_claims_and_figures_are_traced_without_printing_questions(run):
    folder = run[0] / "smoke"
    assert "measures/small.parquet" in text_of(why(results_in(folder), "fig2-kl-by-position"))
    text = text_of(why(results_in(folder), "c1"))
    assert "scores/Small+Superficial/advbench.parquet" in text
    questions = results_in(folder).scores("Small")["advbench"]
    assert not any(prompt in text for prompt in questions["prompt"])


def test_a_damaged_file_that_a_number_depends_on_is_named(run, tmp_path):
    copy = shutil.copytree(run[0] / "smoke", tmp_path / "smoke")
    flip_a_bit(copy / "traces/small/train/00000.safetensors")
    with pytest.raises(ValueError, match=r"traces/small/train/00000\.safetensors is not what traces small wrote"):
        why(results_in(copy), "table1.Small+Superficial.gsm")
