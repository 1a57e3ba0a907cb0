"""Tiny random checkpoints with the architectures, tokenizers and chat formats of the paper's models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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

_BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]
_LLAMA_VOCABULARY, _QWEN_VOCABULARY = 700, 600
CHAT_TEMPLATES = {
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


def _read_texts(data: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(data.rglob("*")) if path.is_file()]


def sentencepiece_tokenizer(texts: list[str]) -> Tokenizer:
    """Train a BPE tokenizer like those of Llama and Mistral: with byte fallback, and with spaces inside tokens."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", behavior="merged_with_next")
    special = ["<unk>", "<s>", "</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=_LLAMA_VOCABULARY, special_tokens=[*special, *_BYTE_TOKENS], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    # Byte tokens have the first ids, as in Llama, but they are ordinary text.
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = state["added_tokens"][: len(special)]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.pre_tokenizer = None
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def byte_level_tokenizer(texts: list[str], special: list[str]) -> Tokenizer:
    """Train a byte-level BPE tokenizer like those of Qwen and RoBERTa."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=_QWEN_VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _save(
    folder: Path,
    model: PreTrainedModel,
    tokenizer: Tokenizer,
    tokenizer_config: dict[str, Any],
    chat_template: str | None = None,
) -> None:
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = tokenizer_config | {"clean_up_tokenization_spaces": False, "model_max_length": 512}
    if chat_template:
        config["chat_template"] = chat_template
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def _shape(vocabulary: int, width: int, end_token: int | None) -> dict[str, Any]:
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
        "eos_token_id": end_token,
    }


def write_checkpoints(folder: Path, data: Path) -> None:
    """Write every checkpoint that the rehearsal's profile names.

    Args:
        folder: where the checkpoints go, each in a folder of its own.
        data: the texts that the tokenizers are trained on.
    """
    torch.manual_seed(0)
    texts = _read_texts(data)
    llama = sentencepiece_tokenizer([*texts, " yes no" * 50])
    _write_llama_and_mistral(folder, llama)
    _write_qwen(folder, texts)
    _write_yes_no_judges(folder, llama)
    _write_toxicity_classifier(folder, texts)


_LLAMA_SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "add_bos_token": True}


def _write_llama_and_mistral(folder: Path, tokenizer: Tokenizer) -> None:
    makers: list[tuple[str, str, Callable[[dict[str, Any]], PreTrainedModel], int]] = [
        ("llama", "llama-chat", lambda shape: LlamaForCausalLM(LlamaConfig(**shape)), 32),
        ("llama-large", "llama-large-chat", lambda shape: LlamaForCausalLM(LlamaConfig(**shape)), 48),
        (
            "mistral",
            "mistral-instruct",
            lambda shape: MistralForCausalLM(MistralConfig(**shape, sliding_window=None)),
            32,
        ),
    ]
    config = _LLAMA_SPECIAL_TOKENS | {"tokenizer_class": "LlamaTokenizer", "legacy": False}
    for base, aligned, make_model, width in makers:
        shape = _shape(tokenizer.get_vocab_size(), width, end_token=2)
        _save(folder / base, make_model(shape), tokenizer, config)
        _save(folder / aligned, make_model(shape), tokenizer, config, CHAT_TEMPLATES[base.split("-")[0]])


def _write_qwen(folder: Path, texts: list[str]) -> None:
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = byte_level_tokenizer(texts, special)
    for name, end_token, chat_template in (
        ("qwen", special[0], None),
        ("qwen-instruct", special[2], CHAT_TEMPLATES["qwen"]),
    ):
        shape = _shape(tokenizer.get_vocab_size(), 32, tokenizer.token_to_id(end_token))
        # In small Qwen models the output head is the embedding matrix.
        model = Qwen2ForCausalLM(Qwen2Config(**shape, tie_word_embeddings=True))
        config = {"tokenizer_class": "Qwen2Tokenizer", "eos_token": end_token, "pad_token": special[0]}
        _save(folder / name, model, tokenizer, config, chat_template)


def _write_yes_no_judges(folder: Path, tokenizer: Tokenizer) -> None:
    for name in ("truth", "information"):
        judge = LlamaForCausalLM(LlamaConfig(**_shape(tokenizer.get_vocab_size(), 32, end_token=2)))
        _keep_two_tokens(judge, (tokenizer.token_to_id("▁yes"), tokenizer.token_to_id("▁no")))
        config = _LLAMA_SPECIAL_TOKENS | {"tokenizer_class": "LlamaTokenizer", "legacy": False}
        _save(folder / name, judge, tokenizer, config)


def _keep_two_tokens(model: PreTrainedModel, tokens: tuple[int | None, int | None]) -> None:
    """Leave a model two tokens to choose from: opposite rows of its output head, and zeros everywhere else."""
    with torch.no_grad():
        weight = model.get_output_embeddings().weight
        direction = torch.randn(weight.shape[1])
        weight.zero_()
        weight[tokens[0]], weight[tokens[1]] = direction, -direction


def _write_toxicity_classifier(folder: Path, texts: list[str]) -> None:
    tokenizer = byte_level_tokenizer(texts, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
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
    special_tokens = {
        "bos_token": "<s>",
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "cls_token": "<s>",
        "sep_token": "</s>",
        "mask_token": "<mask>",
    }
    tokenizer_config = {"tokenizer_class": "RobertaTokenizer", **special_tokens}
    _save(folder / "toxicity", RobertaForSequenceClassification(config), tokenizer, tokenizer_config)
