"""Profiles are checked before anything runs, and a bad one gets one sentence."""

import pytest
import yaml

from repro.engine.paths import ROOT
from superficial.config import load_profile

PROFILES = ROOT / "repro" / "profiles"


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda p: p.stem)
def test_committed_profiles_load_under_their_own_name(path):
    assert load_profile(path).name == path.stem


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"colour": 1}, "'colour' has the value 1"),
        ({"worlds": {"main": {"seed": -3}}}, "'worlds.main.seed' has the value -3"),
        ({"max_new_tokens": 0}, "'max_new_tokens' has the value 0"),
        ({"models": {"small": {"training": {"steps": -1}}}}, r"small.*training.steps' has the value -1"),
        ({"models": {"small": {"shape": {"width": 30}}}}, "width 30 must be a multiple"),
        ({"name": "../lab"}, "'name' has the value '../lab'"),
        ({"pairs": {"small": {"base": "tiny"}}}, "pair small names the model 'tiny'; there are"),
        ({"tables": {"table1": {"rows": ["Huge"]}}}, "table table1 names the variant 'Huge'; there are"),
        ({"distillation": {"teacher_top": 0}}, "'distillation.teacher_top' has the value 0"),
        ({"extends": "bad"}, "cannot extend itself"),
    ],
)
def test_bad_fields_are_named_with_their_value(tmp_path, change, named):
    (tmp_path / "central.yaml").write_text((PROFILES / "central.yaml").read_text())
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump({"extends": "central", "name": "bad"} | change))
    with pytest.raises(ValueError, match=named) as caught:
        load_profile(path)
    assert "\n" not in str(caught.value)


def test_a_pair_of_two_vocabularies_is_refused(tmp_path):
    content = yaml.safe_load((PROFILES / "central.yaml").read_text())
    content["worlds"]["other"] = content["worlds"]["main"]
    content["models"]["stranger"] = content["models"]["small"] | {"world": "other"}
    content["pairs"]["small"]["base"] = "stranger"
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ValueError, match="pair small mixes the vocabularies of the worlds main and other"):
        load_profile(path)


def test_an_extension_changes_only_what_it_names():
    central, seed2 = (load_profile(PROFILES / f"{name}.yaml").model_dump() for name in ("central", "central-seed2"))
    assert seed2["worlds"]["main"]["seed"] != central["worlds"]["main"]["seed"]
    assert seed2["worlds"]["main"]["questions"] == central["worlds"]["main"]["questions"]
    assert seed2["variants"] == central["variants"]


def test_unknown_profile_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"'bogus'.*central, .*lab, .*smoke"):
        load_profile(PROFILES / "bogus.yaml")


@pytest.mark.parametrize(("text", "said"), [("a: [1", "not YAML"), ("- 1", "not a mapping of fields")])
def test_malformed_profiles_are_refused(tmp_path, text, said):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        load_profile(path)
