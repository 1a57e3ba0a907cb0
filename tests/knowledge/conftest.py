"""What tests of heads share: a tokenizer with a chat template, and prompts of unequal lengths."""

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import PreTrainedTokenizerFast

from tests.knowledge.tiny_models import WORDS


@pytest.fixture
def tokenizer():
    words = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="w0"))
    words.pre_tokenizer = WhitespaceSplit()
    made = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<end>", pad_token="<end>", unk_token="w0")
    made.chat_template = "{% for m in messages %}<user> {{ m['content'] }} {% endfor %}<assistant>"
    made.padding_side = "left"
    return made


@pytest.fixture
def prompts():
    generator = torch.Generator().manual_seed(7)
    return [" ".join(f"w{int(i)}" for i in torch.randint(1, 61, (3 + n % 5,), generator=generator)) for n in range(32)]
