"""Committed profiles load, extend each other, and come back from the YAML that prints them."""

import pytest

from repro.engine.paths import PROFILES
from superficial.config import load_profile, profile_yaml

ALL = pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda path: path.stem)


@ALL
def test_a_committed_profile_loads_under_its_own_name(path):
    assert load_profile(path).name == path.stem


@ALL
def test_a_printed_profile_is_the_same_profile(path, tmp_path):
    profile = load_profile(path)
    printed = tmp_path / path.name
    printed.write_text(profile_yaml(profile), encoding="utf-8")
    assert load_profile(printed) == profile
    # The order of heads, variants and comparisons is the order of rows in tables.
    assert load_profile(printed).model_dump_json() == profile.model_dump_json()


def test_an_extension_changes_only_what_it_names():
    lab, smoke = (load_profile(PROFILES / f"{name}.yaml").model_dump() for name in ("lab", "smoke"))
    assert smoke["worlds"]["main"]["questions"] != lab["worlds"]["main"]["questions"]
    assert smoke["worlds"]["main"]["seed"] == lab["worlds"]["main"]["seed"]
    assert smoke["variants"] == lab["variants"]


def test_an_unknown_profile_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'bogus'.*central, .*lab, .*smoke"):
        load_profile(PROFILES / "bogus.yaml")
