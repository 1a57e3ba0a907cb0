"""Every download of a profile is pinned, in the line that names it."""

import re

import pytest

from repro.engine.paths import PROFILES
from superficial.config.checkpoints import Checkpoint
from superficial.config.questions import TableLocation

FILES = [*PROFILES.glob("*.yaml"), *PROFILES.glob("parts/*.yaml")]
COMMIT = "0" * 40


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_repository_has_its_commit_and_every_address_its_commit_and_its_hash(file):
    for line in file.read_text(encoding="utf-8").splitlines():
        places = re.findall(r"\brepo: ([\w./-]+)", line)
        assert len(re.findall(r"\brevision: [0-9a-f]{40}\b", line)) == len(places), line
        addresses = re.findall(r"\burl: \"https://[^\"]+/[0-9a-f]{40}/", line)
        assert len(re.findall(r"\bsha256: [0-9a-f]{64}\b", line)) == len(addresses), line


@pytest.mark.parametrize(
    ("place", "settings", "message"),
    [
        (Checkpoint, {"repo": "a/b"}, "give the revision of a/b: the 40 digits of a commit"),
        (Checkpoint, {"path": "a", "revision": COMMIT}, "only a repository has a revision"),
        (TableLocation, {"repo": "a/b", "file": "c.csv"}, "give the revision of a/b"),
        (TableLocation, {"repo": "a/b", "revision": COMMIT}, "a data set of the hub needs a file, or a pattern"),
    ],
)
def test_a_download_that_is_not_pinned_is_refused(place, settings, message):
    with pytest.raises(ValueError, match=message):
        place(**settings)
