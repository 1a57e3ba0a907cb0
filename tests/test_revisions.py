"""The revisions of first downloads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from superficial.revisions import read_revision, record_revision


def test_a_revision_is_recorded_once(tmp_path):
    file = tmp_path / "data" / "revisions.yaml"
    assert read_revision(file, "a/b") is None
    record_revision(file, "a/b", "1")
    record_revision(file, "a/b", "1")
    assert read_revision(file, "a/b") == "1"
    assert file.read_text(encoding="utf-8").startswith("# Recorded at the first download")
    with pytest.raises(ValueError, match=r"a/b has changed: it is 2 now, but revisions\.yaml records 1\. Remove"):
        record_revision(file, "a/b", "2")
    assert read_revision(file, "a/b") == "1"


def test_revisions_that_are_recorded_at_the_same_time_are_all_kept(tmp_path):
    file, names = tmp_path / "revisions.yaml", [f"repository/{number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: record_revision(file, name, "1"), names))
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == dict.fromkeys(names, "1")
