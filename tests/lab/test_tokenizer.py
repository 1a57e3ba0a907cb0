"""The tokenizer knows every word, and is an ordinary one with a chat template."""

from itertools import islice

from transformers import AutoTokenizer

from superficial.config import SPLITS, Shape
from superficial.config.questions import Context
from superficial.lab.architectures import new_model
from superficial.lab.conversations import in_context_texts
from superficial.lab.corpus import base_documents
from superficial.lab.question_kinds import QUESTION_KINDS
from superficial.lab.questions import make_questions
from superficial.models.loading import load_model
from superficial.prompts import Prompting
from tests.support.lab_world import WORLD, world_tokenizer

CONTEXT = Context(**in_context_texts(WORLD))


def test_a_saved_tokenizer_reads_every_question_and_keeps_its_chat_template(tmp_path):
    world_tokenizer().save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    for split in SPLITS:
        for question in make_questions(WORLD, split, dict.fromkeys(QUESTION_KINDS, 40)):
            ids = Prompting(CONTEXT, "plain").token_ids(tokenizer, question.text, question.benchmark)
            assert ids[0] == tokenizer.bos_token_id
            assert tokenizer.unk_token_id not in ids
    chat = tokenizer.convert_ids_to_tokens(Prompting(CONTEXT, "chat").token_ids(tokenizer, "count .", "gsm"))
    assert chat == ["<s>", "<|user|>", "count", ".", "<|assistant|>"]


def test_the_tokenizer_knows_the_words_of_every_wrapper():
    for wrapper in CONTEXT.wrappers:
        ids = Prompting(CONTEXT, "chat", wrapper).token_ids(world_tokenizer(), "count .")
        assert world_tokenizer().unk_token_id not in ids, wrapper


def test_the_tokenizer_is_the_same_beside_every_architecture(tmp_path):
    tokenizer = world_tokenizer()
    shape = Shape(width=16, layers=1, heads=2, feed_forward=16)
    for architecture in ("llama", "mistral", "qwen2"):
        folder = tmp_path / architecture
        new_model(tokenizer, shape, architecture, seed=0).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        _, loaded = load_model(folder)
        ids = Prompting(CONTEXT, "plain").token_ids(loaded, "count .", "gsm")
        assert loaded.decode(ids, skip_special_tokens=True) == "question : count . answer :"


def test_no_word_of_texts_that_the_tokenizer_was_not_made_from_is_unknown():
    known = world_tokenizer().get_vocab().keys()
    documents = islice(base_documents(WORLD, seed=1), 5000)
    assert {word for document in documents for turn in document for word in turn.split()} - known == set()
