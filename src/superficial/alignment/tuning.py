"""Fine-tunes a checkpoint on conversations with transformers' Trainer; an interrupted tuning goes on where it was."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import (
    DataCollatorForSeq2Seq,
    PreTrainedModel,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from superficial.config.checkpoints import Lora, Tuning

IGNORED_LABEL = -100


def examples(
    conversations: list[tuple[str, str]], tokenizer: Any, prompt: Callable[[str], list[int]], longest: int
) -> list[dict[str, list[int]]]:
    """Tokenize conversations, cut at `longest` tokens; only the response and its end token carry labels.

    Raises:
        ValueError: where no response is left after the cut.
    """
    found = []
    for question, answer in conversations:
        asked = prompt(question)
        response = [*tokenizer(f" {answer.strip()}", add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        ids, labels = (asked + response)[:longest], ([IGNORED_LABEL] * len(asked) + response)[:longest]
        if len(ids) > len(asked):
            found.append({"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels})
    if not found:
        raise ValueError(f"None of {len(conversations)} conversations has a response within {longest} tokens.")
    return found


class _Report(TrainerCallback):
    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self._advance(1)

    def on_log(self, *_: Any, **said: Any) -> None:
        if not math.isfinite(said["logs"].get("loss", 0.0)):
            raise ValueError("The loss of this tuning is not a number: lower its learning rate, or use another dtype.")


def steps(count: int, settings: Tuning) -> int:
    """Return how many optimizer steps a tuning on `count` examples takes."""
    batches = -(-count // settings.batch_size)
    return settings.epochs * -(-batches // settings.accumulation_steps)


def _with_adapters(model: PreTrainedModel, lora: Lora) -> Any:
    # Few profiles use adapters, and the import takes seconds.
    from peft import LoraConfig, get_peft_model

    return get_peft_model(
        model, LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules="all-linear", task_type="CAUSAL_LM")
    )


def tune(
    model: PreTrainedModel,
    tokenizer: Any,
    data: list[dict[str, list[int]]],
    settings: Tuning,
    folder: Path,
    advance: Callable[[int], None] = lambda _: None,
) -> PreTrainedModel:
    """Fine-tune a model on tokenized conversations; states are kept in `folder` and taken up from there.

    Raises:
        ValueError: where adapters are wanted and peft is not installed, or the loss is not a number.
    """
    trained: Any = _with_adapters(model, settings.lora) if settings.lora else model
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation_steps,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=min(50, steps(len(data), settings) // 10),
        save_strategy="steps",
        save_steps=settings.save_steps,
        save_total_limit=1,
        logging_steps=1,
        # It would log 0 for what is not a number.
        logging_nan_inf_filter=False,
        seed=settings.seed,
        report_to=[],
        activation_checkpointing=True,
        activation_checkpointing_kwargs={"use_reentrant": False},
        dataloader_pin_memory=False,
        disable_tqdm=True,
    )
    padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    tokenizer.pad_token_id = padding
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
