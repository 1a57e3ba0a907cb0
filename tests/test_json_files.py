"""Reading JSON files."""

import pytest

from superficial.json_files import read_json


def test_json_must_be_an_object_with_the_fields(tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"k": 1}', encoding="utf-8")
    assert read_json(file, ("k",)) == {"k": 1}
    with pytest.raises(ValueError, match=r"a\.json has no field 'alpha'"):
        read_json(file, ("k", "alpha"))
    file.write_text("[1]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.json holds list, not an object"):
        read_json(file)
