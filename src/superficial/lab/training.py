"""Pretrains a lab base model and aligns it, with transformers' own Llama classes and Trainer.

Knows tokens and optimisation; the texts come from `corpus`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Trainer,
    TrainingArguments,
)

from superficial.lab.corpus import alignment_examples, base_documents
from superficial.lab.lexicon import World

IGNORED_LABEL = -100


@dataclass(frozen=True)
class TrainingSettings:
    """How long and how fast to train: blocks of `block` tokens, `batch` of them a step, for `steps` steps."""

    steps: int
    batch: int
    block: int
    learning_rate: float
    seed: int


@dataclass(frozen=True)
class Shape:
    """The size of a lab model."""

    width: int
    layers: int
    heads: int
    feed_forward: int


def new_model(tokenizer: PreTrainedTokenizerFast, shape: Shape, seed: int) -> LlamaForCausalLM:
    """Return an untrained Llama with an untied head."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=512,
        tie_word_embeddings=False,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def base_blocks(world: World, tokenizer: PreTrainedTokenizerFast, settings: TrainingSettings) -> list[dict[str, Any]]:
    """Pack base documents into blocks that each begin with a document; the last one is cut at the block's end."""
    documents = base_documents(world, settings.seed)
    blocks = []
    for _ in range(settings.steps * settings.batch):
        ids: list[int] = []
        while len(ids) < settings.block:
            ids += [*tokenizer(next(documents))["input_ids"], tokenizer.eos_token_id]
        block = torch.tensor(ids[: settings.block])
        blocks.append({"input_ids": block, "labels": block})
    return blocks


def alignment_blocks(
    world: World, tokenizer: PreTrainedTokenizerFast, settings: TrainingSettings
) -> list[dict[str, Any]]:
    """Pack aligned conversations into blocks; only response tokens carry a label."""
    examples = alignment_examples(world, settings.seed)
    blocks = []
    for _ in range(settings.steps * settings.batch):
        ids: list[int] = []
        labels: list[int] = []
        while len(ids) < settings.block:
            example = next(examples)
            prompt = tokenizer.apply_chat_template(
                [{"role": "user", "content": example.question}], add_generation_prompt=True, return_dict=False
            )
            response = [*tokenizer(example.response, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
            ids += [*prompt, *response]
            labels += [IGNORED_LABEL] * len(prompt) + response
        blocks.append(
            {"input_ids": torch.tensor(ids[: settings.block]), "labels": torch.tensor(labels[: settings.block])}
        )
    return blocks


def train(
    model: PreTrainedModel, blocks: list[dict[str, Any]], settings: TrainingSettings, folder: Path
) -> PreTrainedModel:
    """Train `model` once over `blocks`, in order, with AdamW and a cosine schedule; return it."""
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=settings.batch,
        num_train_epochs=1,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=min(50, settings.steps // 10),
        adam_beta1=0.9,
        adam_beta2=0.98,
        weight_decay=0.0,
        max_grad_norm=1.0,
        seed=settings.seed,
        save_strategy="no",
        report_to=[],
        logging_steps=100,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=False,
        disable_tqdm=True,
    )
    Trainer(model=model, args=arguments, train_dataset=blocks).train()  # type: ignore[arg-type]
    return model.eval()
