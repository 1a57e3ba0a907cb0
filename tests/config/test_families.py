"""A family expands to what its profile would otherwise write out in five sections."""

from pathlib import Path

from superficial.config.families import expand_families

PATH = Path("any.yaml")
FAMILY = {
    **{"base": "m", "aligned": "m-instruct", "variant": "M", "aligned_variant": "M-Instruct"},
    **{"published_row": "Mistral", "benchmarks": ["gsm"], "urial": True, "lima": "m-lima"},
}
COMPARISON = {"base": "M", "aligned": "M-Instruct", "student": "M+Superficial"}


def expand(**sections):
    return expand_families(
        PATH, {"families": {"m": FAMILY}, "models": {"m-lima": {"prompt_format": "chat"}}, **sections}
    )


def test_a_family_is_a_pair_a_head_and_variants():
    expanded = expand()
    assert "families" not in expanded
    assert expanded["pairs"] == {
        "m": {"base": "m", "aligned": "m-instruct", "aligned_prompt_format": "chat", "benchmarks": ["gsm"]}
    }
    assert expanded["heads"] == {"m": {"pair": "m", "kind": "residual", "teacher": "aligned"}}
    assert list(expanded["variants"].items()) == [
        ("M", {"model": "m", "prompt_format": "plain", "published_row": "Mistral"}),
        ("M-Instruct", {"model": "m-instruct", "prompt_format": "chat", "published_row": "Mistral-Instruct"}),
        ("M+Urial", {"model": "m", "prompt_format": "urial", "published_row": "Mistral+Urial"}),
        ("M+LIMA", {"model": "m-lima", "prompt_format": "chat", "published_row": "Mistral+LIMA"}),
        (
            "M+Superficial",
            {"model": "m", "prompt_format": "plain", "head": "m", "published_row": "Mistral+Superficial"},
        ),
    ]


def test_without_urial_lima_and_a_row_of_the_paper_there_are_three_variants():
    family = {name: value for name, value in FAMILY.items() if name not in ("urial", "lima", "published_row")}
    variants = expand(families={"m": family})["variants"]
    assert list(variants) == ["M", "M-Instruct", "M+Superficial"]
    assert all("published_row" not in settings for settings in variants.values())


def test_what_a_section_writes_out_wins():
    expanded = expand(variants={"M": {"benchmarks": ["mmlu"]}}, pairs={"m": {"aligned_prompt_format": "plain"}})
    assert expanded["variants"]["M"]["benchmarks"] == ["mmlu"]
    assert expanded["variants"]["M"]["model"] == "m"
    assert expanded["pairs"]["m"]["aligned_prompt_format"] == "plain"


def test_families_come_first_or_where_they_are_named():
    assert list(expand(heads={"a": {}, "b": {}})["heads"]) == ["m", "a", "b"]
    assert list(expand(heads={"a": {}, "family m": None, "b": {}})["heads"]) == ["a", "m", "b"]


def test_an_entry_before_its_family_wins_too():
    heads = expand(heads={"m": {"teacher": "shuffled"}, "family m": None})["heads"]
    assert heads["m"] == {"pair": "m", "kind": "residual", "teacher": "shuffled"}


def test_a_table_and_a_comparison_may_name_a_family():
    expanded = expand(
        tables={"table1": {"rows": ["X", "family m"], "measures": ["gsm"]}},
        recovery={"m": ["family m"], "both": ["family m", {"base": "X", "aligned": "Y", "student": "Z"}]},
    )
    assert expanded["tables"]["table1"]["rows"] == ["X", "M", "M-Instruct", "M+Urial", "M+LIMA", "M+Superficial"]
    assert expanded["recovery"]["m"] == [COMPARISON]
    assert expanded["recovery"]["both"][0] == COMPARISON
    assert len(expanded["recovery"]["both"]) == 2


def test_a_profile_without_families_stays_as_it_is():
    content = {"heads": {"a": {}}}
    assert expand_families(PATH, content) is content
