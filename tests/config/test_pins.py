"""Every download of a profile is pinned, in the line that names it."""

import re

import pytest

from repro.engine.paths import PROFILES
from superficial.config import load_profile
from superficial.config.checkpoints import Checkpoint, Package, Tuning
from superficial.config.questions import TableLocation

FILES = [*PROFILES.glob("*.yaml"), *PROFILES.glob("parts/*.yaml")]
COMMIT = "0" * 40
MADE = {"counts": {"harmful": 1}, "split": "train", "seed": 1}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_repository_has_its_commit_and_every_address_its_commit_and_its_hash(file):
    for line in file.read_text(encoding="utf-8").splitlines():
        places = re.findall(r"\brepo: ([\w./-]+)", line)
        assert len(re.findall(r"\brevision: [0-9a-f]{40}\b", line)) == len(places), line
        addresses = re.findall(r"\burl: \"https://[^\"]+/[0-9a-f]{40}/", line)
        if not re.match(r" +sha256: [0-9a-f]{64}$", line):
            # Of an address; that of a package stands in a line of its own.
            assert len(re.findall(r"\bsha256: [0-9a-f]{64}\b", line)) == len(addresses), line


@pytest.mark.parametrize(
    ("place", "settings", "message"),
    [
        (Checkpoint, {"repo": "a/b"}, "give the revision of a/b: the 40 digits of a commit"),
        (Checkpoint, {"path": "a", "revision": COMMIT}, "only a repository has a revision"),
        (TableLocation, {"repo": "a/b", "file": "c.csv"}, "give the revision of a/b"),
        (TableLocation, {"file": "a.csv", "made": MADE}, "give one of file, url, repo and made, not file and made"),
        (TableLocation, {}, "give one of file, url, repo and made, not none"),
        (TableLocation, {"repo": "a/b", "revision": COMMIT}, "a data set of the hub needs a file, or a pattern"),
    ],
)
def test_a_download_that_is_not_pinned_is_refused(place, settings, message):
    with pytest.raises(ValueError, match=message):
        place(**settings)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"version": ">=1"}, "version"),
        ({"sha256": "0"}, "sha256"),
        ({"file": "/a.gguf"}, "file"),
        ({"name": "-e"}, "name"),
    ],
)
def test_a_package_is_one_version_one_file_and_one_hash(changes, field):
    settings = {
        "recipe": "package", "name": "a-b", "version": "1.0", "file": "a_b/c.gguf", "sha256": "0" * 64,
        "architecture": "a", "world": "w", "dtype": "float32",
    }  # fmt: skip
    assert Package.model_validate(settings).members == {"a-b": "a_b/c.gguf"}
    with pytest.raises(ValueError, match=field):
        Package.model_validate(settings | changes)


def test_adapters_and_a_part_of_the_weights_exclude_each_other():
    tuning = load_profile(PROFILES / "pretrained.yaml").models["smollm2-curated"].training.model_dump()
    with pytest.raises(ValueError, match=r"adapters are trained on all layers, and trained is 0\.333"):
        Tuning.model_validate(tuning | {"lora": {"rank": 2, "alpha": 4}})
