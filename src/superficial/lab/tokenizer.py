"""The word-level tokenizer of a lab world, as a Hugging Face tokenizer with a chat template."""

from __future__ import annotations

from itertools import islice

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from superficial.lab.conversations import ALIGNMENT_CONVERSATIONS, alignment_conversations
from superficial.lab.corpus import base_documents
from superficial.lab.world import World

SPECIAL_TOKENS = ["<pad>", "<s>", "</s>", "<unk>", "<|system|>", "<|user|>", "<|assistant|>"]
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %} <|{{ m['role'] }}|> {{ m['content'] }}"
    "{% if m['role'] == 'assistant' %} {{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %} <|assistant|>{% endif %}"
)
# Enough texts for every word of a world to occur: a word that is missed here would be unknown to all models. In eight
# worlds the last new word came within 5,000.
_BASE_DOCUMENTS = 20_000


def build_tokenizer(world: World) -> PreTrainedTokenizerFast:
    """Return a tokenizer with every word of the texts of a world."""
    words: set[str] = set()
    for document in islice(base_documents(world, seed=0), _BASE_DOCUMENTS):
        words.update(word for turn in document for word in turn.split())
    for conversation in islice(alignment_conversations(world, seed=0), ALIGNMENT_CONVERSATIONS):
        words.update(conversation.question.split(), conversation.response.split())
    vocabulary = {word: index for index, word in enumerate(SPECIAL_TOKENS + sorted(words))}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = WhitespaceSplit()  # type: ignore[assignment]
    tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])  # type: ignore[assignment]
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        padding_side="left",
        chat_template=CHAT_TEMPLATE,
    )
