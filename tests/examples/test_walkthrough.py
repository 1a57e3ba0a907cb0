"""The notebook runs from its first cell to its last, and git has it without outputs."""

import copy

import nbformat
import pytest
from nbclient import NotebookClient

from examples.pretrained import fetch_pretrained
from repro.engine.paths import ROOT
from tests.support.commands import HANGING
from tests.support.downloads import download_or_skip

FILE = ROOT / "examples" / "walkthrough.ipynb"
NOTEBOOK = nbformat.read(FILE, as_version=4)
# Part 2 begins at this cell.
SECOND_PART = next(at for at, cell in enumerate(NOTEBOOK.cells) if cell.source.startswith("## 2."))


def executed(cells):
    """The cells after they were run in a kernel of their own, as in the folder of the notebook."""
    notebook = copy.deepcopy(NOTEBOOK)
    notebook.cells = copy.deepcopy(cells)
    resources = {"metadata": {"path": str(FILE.parent)}}
    NotebookClient(notebook, timeout=HANGING, kernel_name="python3", resources=resources).execute()
    return notebook.cells


def printed(cells) -> str:
    outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)


def test_it_is_kept_without_outputs():
    code = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code"]
    assert len(code) > 10
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert {cell.execution_count for cell in code} == {None}


def test_the_published_results_are_read_without_torch():
    without_torch = nbformat.v4.new_code_cell("assert 'torch' not in sys.modules")
    text = printed(executed([*NOTEBOOK.cells[:SECOND_PART], without_torch]))
    assert "Superficial" in text
    assert "-> reproduced" in text or "-> not reproduced" in text or "-> inconclusive" in text
    assert "positions are shift tokens" in text


@pytest.mark.real
def test_a_head_of_a_pretrained_model_is_learned_attached_and_removed(tmp_path, monkeypatch):
    # Where the notebook keeps the model.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    download_or_skip(fetch_pretrained, tmp_path / "smollm2-135m")
    text = printed(executed([NOTEBOOK.cells[2], *NOTEBOOK.cells[SECOND_PART:]]))
    assert "with:    ' Certainly" in text or "with:    'Certainly" in text
