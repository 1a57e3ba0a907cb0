"""Reading YAML files that people write."""

from dataclasses import dataclass

import pytest

from superficial.documents import checked, read_yaml


@dataclass
class Settings:
    seed: int


def test_a_mapping_is_read_and_anything_else_refused(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("seed: 3", encoding="utf-8")
    assert read_yaml(file) == {"seed": 3}
    file.write_text("- 3", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.yaml holds list, not a mapping"):
        read_yaml(file)
    file.write_text("a: [", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.yaml is not YAML: while parsing"):
        read_yaml(file)


def test_a_wrong_field_is_named_with_its_value_shortened(tmp_path):
    file = tmp_path / "a.yaml"
    assert checked(file, {"seed": 3}, Settings) == Settings(3)
    with pytest.raises(ValueError, match=r"a\.yaml: field 'seed' has the value 'x{199}\.\.\.: Input should be a valid"):
        checked(file, {"seed": "x" * 500}, Settings)
