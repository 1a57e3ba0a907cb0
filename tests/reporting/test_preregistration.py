"""What is registered before draws are run is compared with what they are run with."""

import pandas as pd
import pytest

from repro.engine.paths import PAPER, PROFILES
from superficial.config import Profile, load_profile
from superficial.published.claims import load_claims
from superficial.reporting.preregistration import (
    FILE,
    changes_since,
    read_registrations,
    register,
    registration,
    settings_hash,
)

DRAWS = load_profile(PROFILES / "smoke-draws.yaml")
CLAIMS = load_claims(PAPER / "claims.yaml")


def changed(**changes):
    return Profile.model_validate(DRAWS.model_dump() | changes)


def with_training(**changes):
    content = DRAWS.model_dump()
    content["models"]["small"]["training"] |= changes
    return Profile.model_validate(content)


def now(profile=DRAWS, code="c", claims=CLAIMS):
    return registration(profile, "confirmatory", code, claims)


def test_a_registration_is_read_as_it_was_written(tmp_path):
    register(now(), tmp_path)
    assert read_registrations(tmp_path) == {"confirmatory": now()}
    assert changes_since(read_registrations(tmp_path)["confirmatory"], now()) == []
    assert "criterion" in (tmp_path / FILE).read_text("utf-8")


def test_other_seeds_names_and_numbers_are_the_same_settings():
    sets = {"sets": {"confirmatory": "201-210"}, "families_in_draws": 0, "left_out": DRAWS.draws.left_out}
    for profile in (changed(name="other"), with_training(seed=99), changed(draws=sets)):
        assert settings_hash(profile) == settings_hash(DRAWS)


@pytest.mark.parametrize(
    "profile",
    [
        with_training(steps=151),
        changed(max_new_tokens=47),
        changed(draws=DRAWS.draws.model_dump() | {"families_in_draws": 1}),
    ],
)
def test_any_other_change_of_the_settings_is_noticed(profile):
    assert settings_hash(profile) != settings_hash(DRAWS)
    (message,) = changes_since(now(), now(profile))
    assert message.startswith("The settings of draws 101-103 differ from those that were registered: ")


def test_changed_code_and_criteria_are_named():
    easier = CLAIMS["C2"].model_copy(update={"tolerance": {"least": 0.0, "most": 0.9}})
    messages = changes_since(now(), now(code="d", claims=CLAIMS | {"C2": easier}))
    assert messages == [
        "The modules of draws 101-103 differ from those that were registered: c is not d.",
        "The criteria of C2 differ from those that were registered.",
    ]


def test_draws_that_were_not_registered_are_not_confirmatory():
    (message,) = changes_since(None, now())
    assert "Draws 101-103 are not registered in paper/preregistration.yaml" in message


def test_draws_for_development_cannot_be_registered():
    with pytest.raises(ValueError, match="Draws 1-2 are for development"):
        registration(DRAWS, "development", "c", CLAIMS)


def test_published_draws_cannot_be_registered_again(tmp_path):
    (tmp_path / "generated").mkdir()
    pd.DataFrame({"draw": [1, 2]}).to_csv(tmp_path / "generated" / "draws.csv")
    register(now(), tmp_path)
    pd.DataFrame({"draw": [101, 102]}).to_csv(tmp_path / "generated" / "draws.csv")
    with pytest.raises(ValueError, match="what changes after that needs draws of a new set"):
        register(now(), tmp_path)
