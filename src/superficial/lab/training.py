"""Pretrains a lab base model and aligns it, with transformers' own Llama classes and Trainer.

Knows tokens and optimisation; the texts come from `corpus`.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen2Config,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from superficial.config import Shape, Training
from superficial.lab.corpus import CONVERSATIONS, base_documents
from superficial.lab.lexicon import World
from superficial.prompts import Prompting

IGNORED_LABEL = -100
# The usual 0.02 suits wide models; at these widths copying is learned late with it, and in some worlds not at all.
INITIALIZER_RANGE = 0.06


ARCHITECTURES: dict[str, tuple[Callable[..., PreTrainedConfig], dict[str, Any]]] = {
    "llama": (LlamaConfig, {}),
    "mistral": (MistralConfig, {"sliding_window": 128}),
    "qwen2": (Qwen2Config, {}),
}


def new_model(tokenizer: PreTrainedTokenizerBase, shape: Shape, architecture: str, seed: int) -> PreTrainedModel:
    """Return an untrained model of one of `ARCHITECTURES`, its head tied to the embeddings until `untie`."""
    torch.manual_seed(seed)
    config_class, further = ARCHITECTURES[architecture]
    config = config_class(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=512,
        initializer_range=INITIALIZER_RANGE,
        # Tied, a head says any word it has read; untied, whether rare words can be copied depends on the world.
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **further,
    )
    return AutoModelForCausalLM.from_config(config)


def untie(model: PreTrainedModel) -> None:
    """Give a model's head its own copy of the embeddings it shared, in place: only the head is to be changed later."""
    head = model.get_output_embeddings()
    head.weight = torch.nn.Parameter(head.weight.detach().clone())
    model.config.tie_word_embeddings = False


def _pack(documents: Iterator[tuple[list[int], list[int]]], settings: Training) -> list[dict[str, Any]]:
    """Pack documents (ids, labels) into blocks; positions restart with each, which keeps them from seeing each other.

    The last document of a block is cut at the block's end.
    """
    blocks = []
    for _ in range(settings.steps * settings.batch_size):
        ids: list[int] = []
        labels: list[int] = []
        positions: list[int] = []
        while len(ids) < settings.block_length:
            document, targets = next(documents)
            ids += document
            labels += targets
            positions += range(len(document))
        columns = {"input_ids": ids, "labels": labels, "position_ids": positions}
        blocks.append({name: torch.tensor(column[: settings.block_length]) for name, column in columns.items()})
    return blocks


def base_blocks(world: World, tokenizer: PreTrainedTokenizerBase, settings: Training) -> list[dict[str, Any]]:
    """Pack base documents; the end token closes each turn of one."""

    def documents() -> Iterator[tuple[list[int], list[int]]]:
        for turns in base_documents(world, settings.seed):
            ids = [tokenizer.bos_token_id]
            for turn in turns:
                ids += [*tokenizer(turn, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
            # Nothing predicts the first token of a document.
            yield ids, [IGNORED_LABEL, *ids[1:]]

    return _pack(documents(), settings)


def alignment_blocks(
    world: World,
    tokenizer: PreTrainedTokenizerBase,
    settings: Training,
    data: str,
    prompting: Prompting,
) -> list[dict[str, Any]]:
    """Pack conversations of `data` (see `corpus.CONVERSATIONS`); only response tokens carry a label."""

    def documents() -> Iterator[tuple[list[int], list[int]]]:
        for example in CONVERSATIONS[data](world, settings.seed):
            prompt = prompting.token_ids(tokenizer, example.question)
            response = [*tokenizer(example.response, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
            yield prompt + response, [IGNORED_LABEL] * len(prompt) + response

    return _pack(documents(), settings)


class KeepBest(TrainerCallback):
    """Scores the model every `every_steps` steps and after the last; keeps the first state with the highest score.

    The training ends at a score of at least `target_score`. `scores` maps steps to scores.
    """

    def __init__(self, every_steps: int, target_score: float, score: Callable[[PreTrainedModel], float]) -> None:
        self._every_steps = every_steps
        self._target_score = target_score
        self._score = score
        self._best: dict[str, torch.Tensor] = {}
        self.scores: dict[int, float] = {}

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **about: Any) -> None:
        """Look at the model where it is time to."""
        step, model = state.global_step, about["model"]
        if step % self._every_steps and step != state.max_steps:
            return
        model.eval()
        score = self._score(model)
        model.train()
        if score > max(self.scores.values(), default=-math.inf):
            self._best = {name: value.clone() for name, value in model.state_dict().items()}
        self.scores[step] = score
        control.should_training_stop |= score >= self._target_score

    def restore(self, model: PreTrainedModel) -> None:
        """Give a model the kept state."""
        model.load_state_dict(self._best)


class _Report(TrainerCallback):
    """Tells after each step that it is done."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self._advance(1)


def choose_trained(model: PreTrainedModel, which: str) -> None:
    """Let only the "head", only the "backbone" or "all" parameters of a model move."""
    head = {id(parameter) for parameter in model.get_output_embeddings().parameters()}
    for parameter in model.parameters():
        parameter.requires_grad_(which == "all" or (id(parameter) in head) == (which == "head"))


def train(
    model: PreTrainedModel,
    blocks: list[dict[str, Any]],
    settings: Training,
    advance: Callable[[int], None] = lambda _: None,
    keep: KeepBest | None = None,
) -> PreTrainedModel:
    """Train `model` once over `blocks` with AdamW and a cosine schedule; return it, in the state that `keep` kept."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=settings.batch_size,
            num_train_epochs=1,
            learning_rate=settings.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=min(50, settings.steps // 10),
            adam_beta1=0.9,
            adam_beta2=0.98,
            adam_epsilon=settings.epsilon,
            weight_decay=0.0,
            max_grad_norm=1.0,
            seed=settings.seed,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            use_cpu=True,
            dataloader_pin_memory=False,
            disable_tqdm=True,
        )
        # Packed documents are told apart by their positions only where no cache is made.
        model.config.use_cache = False
        trainer = Trainer(
            model=model,
            args=arguments,
            train_dataset=blocks,  # type: ignore[arg-type]
            callbacks=[_Report(advance), *([keep] if keep else [])],
        )
        trainer.train()
    if keep:
        keep.restore(model)
    model.config.use_cache = True
    return model.eval()
