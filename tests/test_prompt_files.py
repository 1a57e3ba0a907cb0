"""Reading prompts from a user's file."""

import pytest

from superficial.prompt_files import read_prompts


def test_prompts_are_the_lines_of_a_text_file(tmp_path):
    file = tmp_path / "prompts.txt"
    file.write_text(" How many?\n\nWas nun, ü?\n", encoding="utf-8")
    assert read_prompts(file) == ["How many?", "Was nun, ü?"]


def test_prompts_are_the_field_prompt_of_jsonl(tmp_path):
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "a\\nb"}\n\n{"id": 2, "prompt": "c"}\n', encoding="utf-8")
    assert read_prompts(file) == ["a\nb", "c"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b" \n\n", r"a\.txt has no prompts"),
        ("a.txt", b"\xff", r"a\.txt is not UTF-8 text: .* at byte 0"),
        ("a.jsonl", b'{"prompt": "a"}\n{"text": "b"}', r"line 2 is not a JSON object with a field 'prompt'"),
        ("a.jsonl", b'{"prompt": " "}', r"line 1 has the prompt ' '; it must be a non-empty text"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_prompts(tmp_path / name)
    with pytest.raises(ValueError, match=r"There is no file of prompts .*none\.txt"):
        read_prompts(tmp_path / "none.txt")
