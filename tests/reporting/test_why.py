"""A number is traced to the files and calls behind it, without those of other variants."""

import pytest
from rich.console import Console

from repro.engine.paths import PAPER
from superficial.artifacts import CARD, RESPONSES, SCORES
from superficial.reporting.bundle import PROFILE
from superficial.reporting.provenance import write_record
from superficial.reporting.results import Results
from superficial.reporting.why import why
from tests.reporting.means import CENTRAL, planted_means
from tests.reporting.records import record_of

SMALL = ("Small", "Small+Superficial")


def text_of(tree) -> str:
    console = Console(width=1000, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(tree)
    return capture.get()


@pytest.fixture
def results(tmp_path):
    """Planted scores with records of what they would be made from: responses, heads and models."""
    planted_means(tmp_path)
    responses = tuple(RESPONSES.of(variant=variant, benchmark="gsm") for variant in SMALL)
    models = tuple(f"models/{model}/model.safetensors" for model in ("small", "large"))
    cards = tuple(CARD.of(head=head) for head in ("small", "control-same"))
    for file in (*responses, *models):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(file)
    recorded = [file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.parquet")]
    scores = tuple(path for path in recorded if path not in responses)
    write_record(tmp_path, record_of(tmp_path, "train", "small", outputs=models))
    write_record(tmp_path, record_of(tmp_path, "distil", "small", outputs=cards))
    write_record(tmp_path, record_of(tmp_path, "evaluate", "small", inputs=(*models, *cards), outputs=responses))
    write_record(tmp_path, record_of(tmp_path, "score", "oracle", inputs=responses, outputs=scores))
    return Results(tmp_path, CENTRAL, PAPER)


@pytest.mark.parametrize("row", ["Small+Superficial", "7B+Superficial"])
def test_a_cell_is_traced_through_its_own_responses_heads_and_models(results, row):
    text = text_of(why(results, f"table1.{row}.GSM"))
    assert text.startswith("table1, Small+Superficial, gsm: 0.500 [0.404, 0.596], n = 100")
    for part in (
        f"{SCORES.of(variant='Small+Superficial', benchmark='gsm')} (sha256 ",
        "100 questions, 0, 1, 2, ..., each with its prompt, response and score",
        "score oracle: 1.0 s on 2026-01-02T03:04:05 UTC",
        f"code: sha256 {'c' * 12}, commit {'d' * 12} and later changes",
        "responses/Small+Superficial/gsm.parquet",
        "evaluate small: ",
        "heads/small/card.json",
        "models/small/model.safetensors",
        "command: python -m repro.engine.stage train",
    ):
        assert part in text, part
    for other in ("responses/Small/", "heads/control-same", "models/large"):
        assert other not in text


def test_a_claim_and_a_figure_are_traced_to_all_files_they_read(results):
    text = text_of(why(results, "c2"))
    for variant in ("Small", "Small-Chat", "Small+Superficial"):
        assert SCORES.of(variant=variant, benchmark="gsm") in text
    assert "score oracle: as above" in text, "each call is described once"
    assert "measures/small.parquet" in text_of(why(Results(results.folder, CENTRAL, PAPER), "fig2-kl-by-position"))


def test_a_changed_file_behind_a_number_is_refused(results):
    (results.folder / "models/small/model.safetensors").write_text("changed")
    with pytest.raises(ValueError, match=r"models/small/model\.safetensors is not what train small wrote"):
        why(results, "table1.Small+Superficial.gsm")


def test_a_file_that_a_bundle_leaves_out_is_shown_as_it_was_recorded(results):
    whole = text_of(why(results, "table1.Small+Superficial.gsm"))
    left_out = results.folder / RESPONSES.of(variant="Small+Superficial", benchmark="gsm")
    left_out.unlink()
    with pytest.raises(ValueError, match="is not what evaluate small wrote"):
        why(Results(results.folder, CENTRAL, PAPER), "table1.Small+Superficial.gsm")
    (results.folder / PROFILE).write_text(CENTRAL.model_dump_json())
    shown = text_of(why(Results(results.folder, CENTRAL, PAPER), "table1.Small+Superficial.gsm"))
    assert shown.replace(", not in the bundle", "") == whole
    assert shown.count("not in the bundle") == 1
