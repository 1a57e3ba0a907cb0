"""Tiny random checkpoints, as the hub's are: real architectures, real tokenizers, the families' chat formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    RobertaConfig,
    RobertaForSequenceClassification,
)

_BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
_LLAMA_WORDS, _QWEN_WORDS = 700, 600
CHAT = {
    # [INST] and no system prompt.
    "llama": "{% for m in messages %}"
    "{% if m['role'] == 'user' %}{{ '<s>[INST] ' + m['content'].strip() + ' [/INST]' }}"
    "{% else %}{{ ' ' + m['content'].strip() + ' </s>' }}{% endif %}{% endfor %}",
    "mistral": "{{ '<s>' }}{% for m in messages %}"
    "{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + '[/INST]' }}"
    "{% else %}{{ ' ' + m['content'] + '</s>' }}{% endif %}{% endfor %}",
    "qwen": "{% if messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
}


def _texts(data: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(data.rglob("*")) if path.is_file()]


def sentence_piece_like(texts: list[str]) -> Tokenizer:
    """Return a BPE tokenizer with byte fallback and spaces as part of words, as Llama's and Mistral's are."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", behavior="merged_with_next")
    special = ["<unk>", "<s>", "</s>"]
    trainer = trainers.BpeTrainer(vocab_size=_LLAMA_WORDS, special_tokens=[*special, *_BYTES], show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    # Bytes have the first numbers, but they are text.
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = state["added_tokens"][: len(special)]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.pre_tokenizer = None
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def byte_level(texts: list[str], special: list[str]) -> Tokenizer:
    """Return a byte-level BPE tokenizer, as Qwen's and RoBERTa's are."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=_QWEN_WORDS,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _save(folder: Path, model: PreTrainedModel, tokenizer: Tokenizer, about: dict, chat: str | None = None) -> None:
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = about | {"clean_up_tokenization_spaces": False, "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | ({"chat_template": chat} if chat else {})))


def _shape(vocabulary: int, width: int, end: int | None) -> dict:
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
        "initializer_range": 0.2,
        "bos_token_id": 1,
        "eos_token_id": end,
    }


def _keep_two_tokens(model: PreTrainedModel, tokens: tuple[int | None, int | None]) -> None:
    """Leave a model two tokens to choose from: opposite rows of its head, zeros in all others."""
    with torch.no_grad():
        weight = model.get_output_embeddings().weight
        direction = torch.randn(weight.shape[1])
        weight.zero_()
        weight[tokens[0]], weight[tokens[1]] = direction, -direction


def write_checkpoints(folder: Path, data: Path) -> None:
    """Write every checkpoint that the rehearsal's profile names, with tokenizers trained on its question files."""
    torch.manual_seed(0)
    texts = _texts(data)
    llama = sentence_piece_like([*texts, " yes no" * 50])
    about = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "add_bos_token": True}
    families: list[tuple[str, str, Callable, int]] = [
        ("llama", "llama", lambda shape: LlamaForCausalLM(LlamaConfig(**shape)), 32),
        ("llama-large", "llama", lambda shape: LlamaForCausalLM(LlamaConfig(**shape)), 48),
        ("mistral", "mistral", lambda shape: MistralForCausalLM(MistralConfig(**shape, sliding_window=None)), 32),
    ]
    for name, family, make, width in families:
        settings = about | {"tokenizer_class": "LlamaTokenizer", "legacy": False}
        shape = _shape(llama.get_vocab_size(), width, 2)
        _save(folder / name, make(shape), llama, settings)
        aligned = f"{name}-chat" if family == "llama" else f"{name}-instruct"
        _save(folder / aligned, make(shape), llama, settings, CHAT[family])
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    qwen = byte_level(texts, special)
    for name, end_token, chat in (("qwen", special[0], None), ("qwen-instruct", special[2], CHAT["qwen"])):
        # As Qwen's small models have it: the head is the embeddings.
        shape = _shape(qwen.get_vocab_size(), 32, qwen.token_to_id(end_token)) | {"tie_word_embeddings": True}
        settings = {"tokenizer_class": "Qwen2Tokenizer", "eos_token": end_token, "pad_token": special[0]}
        _save(folder / name, Qwen2ForCausalLM(Qwen2Config(**shape)), qwen, settings, chat)
    for name in ("truth", "information"):
        judge = LlamaForCausalLM(LlamaConfig(**_shape(llama.get_vocab_size(), 32, 2)))
        _keep_two_tokens(judge, (llama.token_to_id("▁yes"), llama.token_to_id("▁no")))
        _save(folder / name, judge, llama, about | {"tokenizer_class": "LlamaTokenizer", "legacy": False})
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    roberta = byte_level(texts, special)
    config = RobertaConfig(
        vocab_size=roberta.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=514,
        type_vocab_size=1,
        initializer_range=0.5,
        pad_token_id=1,
    )
    config.num_labels = 2
    settings = {"tokenizer_class": "RobertaTokenizer", "pad_token": "<pad>", "unk_token": "<unk>", "bos_token": "<s>"}
    settings |= {"eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
    _save(folder / "toxicity", RobertaForSequenceClassification(config), roberta, settings)
