"""Results are found by the name of a profile, and where there are none a sentence says what to do."""

import pytest

from repro.cli.common import load_results
from tests.reporting.means import CENTRAL
from tests.support.commands import invoke_here


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("SUPERFICIAL_RESULTS", str(tmp_path))
    return tmp_path


def test_without_a_run_the_published_bundle_is_named(results):
    with pytest.raises(FileNotFoundError, match=r"There are no results in .*/lab: run `invoke reproduce-all`") as error:
        load_results("lab")
    assert "`invoke reproduce-all --from paper/lab.zip`" in str(error.value)
    assert str(error.value).endswith("then add --profile lab-replayed.")


def test_a_replay_is_named_where_there_is_one(results):
    (results / "lab-replayed").mkdir()
    with pytest.raises(FileNotFoundError, match=r"are there: add --profile lab-replayed\.$"):
        load_results("lab")


def test_a_profile_that_was_never_published_has_no_bundle():
    with pytest.raises(FileNotFoundError, match=r"run `invoke reproduce-all --profile small`\.$"):
        load_results("small")


def test_a_replay_cannot_be_verified(results, capsys):
    folder = results / "central-replayed"
    folder.mkdir()
    (folder / "profile.json").write_text(CENTRAL.model_dump_json())
    assert invoke_here("verify", "--profile", "central-replayed") == 2
    assert "is of a bundle, which has no models or questions to compare" in capsys.readouterr().err
