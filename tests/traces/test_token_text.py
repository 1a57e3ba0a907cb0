"""Tokens as texts, also those that are no text of their own."""

import json

from superficial.traces.token_text import readable_text, vocabulary_text


def test_a_row_without_a_token_is_shown_by_its_number(tmp_path, tokenizer):
    tokenizer.save_pretrained(tmp_path)
    text = vocabulary_text(tmp_path / "tokenizer.json")
    assert [text(token) for token in (0, 3, 99)] == ["<end>", "w0", "<99>"]
    content = json.loads((tmp_path / "tokenizer.json").read_text())
    content["model"]["vocab"] |= {"": content["model"]["vocab"].pop("w7")}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    assert vocabulary_text(tmp_path / "tokenizer.json")(10) == ""


def test_a_token_that_is_a_part_of_a_character_is_shown_by_its_name():
    class Tokenizer:
        def __init__(self) -> None:
            self.vocabulary = {"hi": "hi", "Ã": "\ufffd", "<end>": "", None: ""}

        def __len__(self) -> int:
            return len(self.vocabulary)

        def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
            return [list(self.vocabulary)[i] for i in ids]

        def decode(self, ids: list[int]) -> str:
            return "".join(list(self.vocabulary.values())[i] for i in ids)

    text = readable_text(Tokenizer())
    assert [text(token) for token in range(6)] == ["hi", "Ã", "<end>", "<3>", "<4>", "<5>"]
