"""Profiles are checked before anything runs, and a bad one gets one sentence."""

from pathlib import Path

import pytest
import yaml

from superficial.config import load_profile

PROFILES = Path(__file__).parents[1] / "repro" / "profiles"


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda p: p.stem)
def test_committed_profiles_load_under_their_own_name(path):
    assert load_profile(path).name == path.stem


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"colour": 1}, "'colour' has the value 1"),
        ({"seed": -3}, "'seed' has the value -3"),
        ({"max_new_tokens": 0}, "'max_new_tokens' has the value 0"),
        (
            {"pretraining": {"steps": -1, "batch": 1, "block": 1, "learning_rate": 1}},
            "'pretraining.steps' has the value -1",
        ),
        ({"name": "../lab"}, "'name' has the value '../lab'"),
    ],
)
def test_bad_fields_are_named_with_their_value(tmp_path, change, named):
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load((PROFILES / "smoke.yaml").read_text()) | change))
    with pytest.raises(ValueError, match=named) as caught:
        load_profile(path)
    assert "\n" not in str(caught.value)


def test_unknown_profile_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'bogus'.*lab, smoke"):
        load_profile(PROFILES / "bogus.yaml")


@pytest.mark.parametrize(("text", "said"), [("a: [1", "not YAML"), ("- 1", "a profile is a mapping")])
def test_malformed_profiles_are_refused(tmp_path, text, said):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        load_profile(path)
