"""The viewer's data files hold what the stage `view` recorded."""

import base64
import shutil
import struct

import numpy as np
import pandas as pd
import pytest

from superficial.artifacts import VIEW_GRID
from superficial.reporting.page.viewer import _aligned_scores, has_view, write_viewer
from superficial.reporting.results import Results
from tests.reporting.page.reading import data_file
from tests.reporting.planted import WORDS, plant_view


def test_a_view_file_holds_the_recorded_positions(page, planted):
    positions = pd.read_parquet(planted.folder / "view" / "positions.parquet")
    content = data_file(page, "view-gsm")
    question = content["questions"][1]
    at = positions[(positions["question_id"] == question["id"]) & (positions["response"] == "base")]
    response = question["responses"]["base"]
    assert [content["words"][i] for i in response["tokens"]] == at["token"].tolist()
    assert response["rank"]["before"] == at["target_rank"].tolist()
    assert response["kl"]["after"] == pytest.approx(at["kl_superficial"].tolist())
    raw = base64.b64decode(response["top"]["aligned"])
    pairs = list(struct.iter_unpack("<HH", raw))
    assert [content["words"][token] for token, _ in pairs[10:13]] == [WORDS[1], WORDS[2], WORDS[3]]
    assert [p / 65535 for _, p in pairs[:3]] == pytest.approx([0.5, 0.25, 0.125], abs=1e-5)
    assert len(content["values"]["alpha"]) == len(planted.profile.view.strengths)
    (gsm,) = [row for row in content["means"] if row["label"] == "GSM"]
    grid = pd.read_parquet(planted.folder / "view" / "grid.parquet").query("benchmark == 'gsm'")
    assert gsm["means"]["alpha"] == pytest.approx(grid.groupby("value")["score"].mean().tolist(), abs=1e-4)


def test_what_was_not_judged_has_no_score_and_is_left_out_of_means(planted, tmp_path):
    shutil.copytree(planted.folder, tmp_path, dirs_exist_ok=True)
    results = Results(tmp_path, planted.profile, planted.paper)
    plant_view(tmp_path, planted.profile, questions=2, positions=3)
    grid = pd.read_parquet(tmp_path / VIEW_GRID.of())
    is_first = grid["question_id"] == "gsm-test-0"
    grid.loc[is_first, "score"] = np.nan
    grid.loc[(grid["benchmark"] == "gsm") & (grid["value"] == 0), "score"] = np.nan
    grid.to_parquet(tmp_path / VIEW_GRID.of())
    write_viewer(results, tmp_path / "data")
    content = data_file(tmp_path / "index.html", "view-gsm")
    assert {score for _, score, _ in content["questions"][0]["by_value"]["alpha"]} == {None}
    (gsm,) = [row for row in content["means"] if row["label"] == "GSM"]
    second = [score for _, score, _ in content["questions"][1]["by_value"]["alpha"]]
    assert gsm["means"]["alpha"] == second
    assert second[0] is None


def test_a_run_without_recorded_positions_has_no_view(planted, central):
    assert has_view(planted)
    assert not has_view(central)


@pytest.mark.parametrize("aligned_is_wrapped", [False, True])
def test_the_aligned_model_is_found_by_the_prompt_that_it_reads(planted, aligned_is_wrapped):
    profile = planted.profile
    name = profile.heads[profile.view.head].pair
    wrapped = profile.pairs[name].model_copy(update={"wrapper": "identity", "aligned_is_wrapped": aligned_is_wrapped})
    changed = profile.model_copy(update={"pairs": profile.pairs | {name: wrapped}})
    found = _aligned_scores(Results(planted.folder, changed, planted.paper), "gsm")
    expected = {} if aligned_is_wrapped else _aligned_scores(planted, "gsm")
    assert found == expected
    assert _aligned_scores(planted, "gsm")
