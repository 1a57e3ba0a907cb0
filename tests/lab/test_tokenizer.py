"""The tokenizer knows every word, and is an ordinary one with a chat template."""

from transformers import AutoTokenizer

from superficial.config import Shape
from superficial.config.questions import Context
from superficial.lab.corpus import FAMILIES, in_context, questions
from superficial.lab.lexicon import SPLITS, make_world
from superficial.lab.tokenizer import build_tokenizer
from superficial.lab.training import new_model
from superficial.models.loading import load_model
from superficial.prompts import Prompting

WORLD = make_world(0)
CONTEXT = Context(**in_context(WORLD))


def test_saved_tokenizer_reads_every_question_and_keeps_its_chat_template(tmp_path):
    build_tokenizer(WORLD).save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    for split in SPLITS:
        for question in questions(WORLD, split, {family: 40 for family in FAMILIES}):
            ids = Prompting(CONTEXT, "plain").token_ids(tokenizer, question.text, question.family)
            assert ids[0] == tokenizer.bos_token_id
            assert tokenizer.unk_token_id not in ids
    chat = tokenizer.convert_ids_to_tokens(Prompting(CONTEXT, "chat").token_ids(tokenizer, "count .", "gsm"))
    assert chat == ["<s>", "<|user|>", "count", ".", "<|assistant|>"]


def test_beside_a_model_of_another_family_it_is_still_itself(tmp_path):
    tokenizer = build_tokenizer(WORLD)
    shape = Shape(width=16, layers=1, heads=2, feed_forward=16)
    for architecture in ("llama", "mistral", "qwen2"):
        folder = tmp_path / architecture
        new_model(tokenizer, shape, architecture, seed=0).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        _, loaded = load_model(folder)
        ids = Prompting(CONTEXT, "plain").token_ids(loaded, "count .", "gsm")
        assert loaded.decode(ids, skip_special_tokens=True) == "question : count . answer :"
