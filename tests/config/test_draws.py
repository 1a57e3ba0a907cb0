"""Draws: which there are, and how the profile of one follows from its number."""

import pytest
from pydantic import ValidationError

from repro.engine.paths import PROFILES
from superficial.config import Draws, load_profile, profile_yaml
from superficial.config.draws import seed_of_draw

DRAWS = load_profile(PROFILES / "draws.yaml")
FIRST, LAST, OTHER = (load_profile(PROFILES / "draws" / f"draw-{number}.yaml") for number in (101, 110, 102))


def seeds(section, place=""):
    """Every seed in a section by its place."""
    if isinstance(section, list):
        section = dict(enumerate(section))
    if not isinstance(section, dict):
        return {}
    found = {}
    for key, value in section.items():
        is_seed = key in ("seed", "seeds") and not isinstance(value, dict)
        found |= {f"{place}.{key}": value} if is_seed else seeds(value, f"{place}.{key}")
    return found


def without_seeds(section):
    if isinstance(section, dict):
        return {key: without_seeds(value) for key, value in section.items() if key not in ("seed", "seeds")}
    return [without_seeds(value) for value in section] if isinstance(section, list) else section


def settings(**changes):
    return Draws(**({"sets": {"a": "1-5", "b": "101-110"}, "families_in_draws": 2, "left_out": []} | changes))


def test_every_seed_of_a_draw_is_its_own():
    first, other = seeds(FIRST.model_dump()), seeds(OTHER.model_dump())
    # Worlds, each training, the order of black-box distillation, and the heads' seeds.
    assert len(first) == len(FIRST.worlds) + len(FIRST.models) + 2
    flat = [
        seed for value in (*first.values(), *other.values()) for seed in (value if isinstance(value, list) else [value])
    ]
    assert len(set(flat)) == len(flat)


def test_draws_differ_in_nothing_but_their_seeds():
    first, other = FIRST.model_dump(), OTHER.model_dump()
    assert without_seeds(first) | {"name": ""} == without_seeds(other) | {"name": ""}
    main = DRAWS.model_dump()
    for section in ("distillation", "black_box_distillation", "benchmarks", "evaluated_benchmarks", "sweep"):
        assert without_seeds(first[section]) == without_seeds(main[section])


def test_seeds_are_known_numbers():
    # SHA-256 of the text, by sha256sum: its first eight digits, halved.
    assert seed_of_draw(101, "worlds.main.seed") == FIRST.worlds["main"].seed == 0xDE49A40D >> 1


def test_a_draw_is_an_ordinary_profile(tmp_path):
    printed = tmp_path / "printed.yaml"
    printed.write_text(profile_yaml(FIRST), encoding="utf-8")
    assert load_profile(printed) == FIRST
    assert FIRST.name == "draws/draw-101"
    assert FIRST.draws is None
    assert FIRST.one_of_draws == "draws"


def test_only_the_first_draws_of_a_set_have_the_other_families():
    assert FIRST.generality_comparisons == ["mistral", "qwen"]
    assert LAST.generality_comparisons == []
    assert not {name for name in LAST.variants if name.startswith(("Mistral", "Qwen"))}
    assert set(LAST.worlds) == {"main"}
    assert LAST.baselines == [tested for tested in FIRST.baselines if tested.student in LAST.variants] != []
    assert LAST.sweep == FIRST.sweep == DRAWS.sweep
    assert len(LAST.attacks) == 1


def test_a_draw_has_the_heads_of_several_bases_and_no_neighbouring_method():
    assert DRAWS.neighbours() and not LAST.neighbours()
    assert LAST.several_bases == DRAWS.several_bases
    assert LAST.heads["small-bb-several"] == DRAWS.heads["small-bb-several"]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("", ("b", list(range(101, 111)))),
        ("a", ("a", [1, 2, 3, 4, 5])),
        ("101-103", ("b", [101, 102, 103])),
        ("3", ("a", [3])),
        ("105, 101", ("b", [101, 105])),
    ],
)
def test_draws_are_chosen_by_set_or_number(text, chosen):
    assert settings().chosen(text) == chosen


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("7", r"There is no draw 7; the draws are 1-5 \(a\), 101-110 \(b\)"),
        ("1,101", r"must name draws of one set: a \(1-5\), b \(101-110\)"),
        ("c", r"--draws has the value 'c': it must be numbers, such as 101-110, or a set"),
        ("0-3", r"--draws has the value '0-3'"),
        ("3-1", r"--draws has the value '3-1'"),
    ],
)
def test_a_wrong_choice_says_what_is_allowed(text, message):
    with pytest.raises(ValueError, match=message):
        settings().chosen(text)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sets": {"a": "1-5", "b": "5-9"}}, "draw 5 is in the sets a and b"),
        ({"sets": {"a": "5-1"}}, "set a is 5-1"),
        ({"sets": {}}, "sets"),
        ({"sets": {"a": "one"}}, "sets.a"),
    ],
)
def test_wrong_sets_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        settings(**changes)


@pytest.mark.parametrize(
    ("name", "message"),
    [("draws/draw-7", "There is no draw 7"), ("lab/draw-1", "Profile lab has no draws"), ("no/draw-1", "no profile")],
)
def test_a_profile_without_such_a_draw_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        load_profile(PROFILES / f"{name}.yaml")
