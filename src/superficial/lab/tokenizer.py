"""The lab's word-level tokenizer, as an ordinary Hugging Face tokenizer with a chat template."""

from __future__ import annotations

from itertools import islice

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from superficial.lab.corpus import alignment_examples, base_documents
from superficial.lab.lexicon import World

SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", "<|system|>", "<|user|>", "<|assistant|>"]
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %} <|{{ m['role'] }}|> {{ m['content'] }}"
    "{% if m['role'] == 'assistant' %} {{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %} <|assistant|>{% endif %}"
)
# Enough texts that every entity of a world occurs; a word missed here would be unknown for ever.
_SAMPLE = 60_000


def build_tokenizer(world: World) -> PreTrainedTokenizerFast:
    """Return a tokenizer whose vocabulary is every word of the world's texts."""
    words: set[str] = set()
    for document in islice(base_documents(world, seed=0), _SAMPLE):
        words.update(word for turn in document for word in turn.split())
    for example in islice(alignment_examples(world, seed=0), _SAMPLE // 4):
        words.update(example.question.split(), example.response.split())
    vocabulary = {word: index for index, word in enumerate(SPECIAL + sorted(words))}
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
