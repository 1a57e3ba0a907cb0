"""Fine-tunes a model on conversations with transformers' Trainer; an interrupted tuning resumes at its last state."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

from transformers import (
    DataCollatorForSeq2Seq,
    PreTrainedModel,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from superficial.alignment.conversations import Conversation
from superficial.config.checkpoints import Lora, Tuning
from superficial.lab.architectures import set_trained_parameters, untie_head

IGNORED_LABEL = -100
_MAX_WARMUP_STEPS = 50

# The token ids of a conversation, its attention mask and its labels, as a model takes them.
Example = dict[str, list[int]]


def tokenize_conversations(
    conversations: Iterable[Conversation], tokenizer: Any, prompt: Callable[[Conversation], list[int]], max_length: int
) -> list[Example]:
    """Tokenize conversations; only the response and its end token have labels.

    Args:
        conversations: questions and responses.
        tokenizer: the model's tokenizer.
        prompt: returns the token ids of a conversation up to where its response begins.
        max_length: tokens; a longer conversation is cut, and left out if nothing of its response remains.

    Raises:
        ValueError: if no conversation remains.
    """
    examples, count = [], 0
    for conversation in conversations:
        count += 1
        before = prompt(conversation)
        learned = [
            *tokenizer(f" {conversation.response.strip()}", add_special_tokens=False)["input_ids"],
            tokenizer.eos_token_id,
        ]
        ids = (before + learned)[:max_length]
        labels = ([IGNORED_LABEL] * len(before) + learned)[:max_length]
        if len(ids) > len(before):
            examples.append({"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels})
    if not examples:
        raise ValueError(f"None of {count} conversations has a response within {max_length} tokens.")
    return examples


class _Report(TrainerCallback):
    """Reports each optimizer step, and stops a tuning that diverges."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self._advance(1)

    def on_log(self, *_: Any, **arguments: Any) -> None:
        if not math.isfinite(arguments["logs"].get("loss", 0.0)):
            raise ValueError(
                "The loss of this tuning is not finite: lower its learning rate, or use a different dtype."
            )


def optimizer_steps(count: int, settings: Tuning) -> int:
    """Return how many optimizer steps a tuning on `count` examples takes."""
    batches = -(-count // settings.batch_size)
    return settings.epochs * -(-batches // settings.accumulation_steps)


def _with_adapters(model: PreTrainedModel, lora: Lora) -> Any:
    # Few profiles use adapters, and the import takes seconds.
    from peft import LoraConfig, get_peft_model

    return get_peft_model(
        model, LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules="all-linear", task_type="CAUSAL_LM")
    )


def choose_trained(model: PreTrainedModel, trained: Literal["all", "head"] | float) -> None:
    """Freeze all weights of a model but those to train, see `Tuning.trained`.

    A head that is trained alone is untied from the embeddings, in place.
    """
    if isinstance(trained, str):
        if trained == "head":
            untie_head(model)
        set_trained_parameters(model, trained)
        return
    model.requires_grad_(False)
    layers = model.get_decoder().layers
    for layer in layers[-max(1, round(trained * len(layers))) :]:
        layer.requires_grad_(True)


def tune(
    model: PreTrainedModel,
    tokenizer: Any,
    data: list[Example],
    settings: Tuning,
    folder: Path,
    advance: Callable[[int], None] = lambda _: None,
) -> PreTrainedModel:
    """Fine-tune a model on tokenized conversations.

    Args:
        model: the model; its weights change.
        tokenizer: its tokenizer.
        data: tokenized conversations.
        settings: of the tuning.
        folder: where states are saved, and resumed from.
        advance: called with 1 after each optimizer step.

    Returns:
        The tuned model, with its adapters merged.

    Raises:
        ValueError: if the loss is not finite.
    """
    choose_trained(model, settings.trained)
    trained: Any = _with_adapters(model, settings.lora) if settings.lora else model
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation_steps,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=min(_MAX_WARMUP_STEPS, optimizer_steps(len(data), settings) // 10),
        save_strategy="steps",
        save_steps=settings.save_steps,
        save_total_limit=1,
        logging_steps=1,
        # The filter would log 0 for a loss that is not finite.
        logging_nan_inf_filter=False,
        seed=settings.seed,
        report_to=[],
        # It trades time for memory, of which only GPUs are short.
        activation_checkpointing=model.device.type == "cuda",
        activation_checkpointing_kwargs={"use_reentrant": False},
        dataloader_pin_memory=False,
        disable_tqdm=True,
    )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token_id = tokenizer.eos_token_id
    trainer = Trainer(
        model=trained,
        args=arguments,
        train_dataset=data,  # type: ignore[arg-type]
        data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True, label_pad_token_id=IGNORED_LABEL),
        callbacks=[_Report(advance)],
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(folder)) if folder.is_dir() else None)
    merged: PreTrainedModel = trained.merge_and_unload() if settings.lora else trained
    return merged.eval()
