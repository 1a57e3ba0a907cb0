"""Tokens as texts, also those that are no text of their own."""

from superficial.traces.token_text import readable_texts, vocabulary_text


def test_a_row_without_a_token_is_shown_by_its_number(tmp_path, tokenizer):
    tokenizer.save_pretrained(tmp_path)
    text = vocabulary_text(tmp_path / "tokenizer.json")
    assert [text(token) for token in (0, 3, 99)] == ["<end>", "w0", "<99>"]


def test_a_token_that_is_a_part_of_a_character_is_shown_by_its_name():
    class Tokenizer:
        def __init__(self) -> None:
            self.vocabulary = {"hi": "hi", "Ã": "\ufffd", "<end>": ""}

        def __len__(self) -> int:
            return len(self.vocabulary)

        def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
            return [list(self.vocabulary)[i] for i in ids]

        def decode(self, ids: list[int]) -> str:
            return "".join(list(self.vocabulary.values())[i] for i in ids)

    assert readable_texts(Tokenizer()) == ["hi", "Ã", "<end>"]
