"""The tokenizer knows every word, and is an ordinary one with a chat template."""

from transformers import AutoTokenizer

from superficial.lab.corpus import FAMILIES, PLAIN_PROMPT, questions
from superficial.lab.lexicon import make_world
from superficial.lab.tokenizer import build_tokenizer

WORLD = make_world(0)


def test_saved_tokenizer_reads_every_question_and_keeps_its_chat_template(tmp_path):
    build_tokenizer(WORLD).save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    for split in ("train", "test"):
        for question in questions(WORLD, split, {family: 40 for family in FAMILIES}):
            ids = tokenizer(PLAIN_PROMPT.format(question=question.text))["input_ids"]
            assert ids[0] == tokenizer.bos_token_id
            assert tokenizer.unk_token_id not in ids
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": "count ."}], add_generation_prompt=True, tokenize=False
    )
    assert chat.split() == ["<s>", "<|user|>", "count", ".", "<|assistant|>"]
