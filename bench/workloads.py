"""The models and prompts that the library and the paper's own procedure are timed on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from superficial.config import Profile
from superficial.models.loading import load_model
from superficial.prompts import Prompting, read_context


@dataclass(frozen=True)
class Workload:
    """A pair of models with tokenized prompts for each.

    Attributes:
        name: what the records call it.
        base: the base model.
        aligned: the aligned model.
        base_prompts: token ids of the prompts as the base model reads them.
        aligned_prompts: token ids of the same prompts as the aligned model reads them.
        end_token: the token that ends a response.
        max_new_tokens: the largest length of a response.
    """

    name: str
    base: PreTrainedModel
    aligned: PreTrainedModel
    base_prompts: list[list[int]]
    aligned_prompts: list[list[int]]
    end_token: int
    max_new_tokens: int

    def __getstate__(self) -> dict[str, Any]:
        """Return what a process is sent: configuration and weights, as a model that has hooks cannot be pickled."""
        models = {name: getattr(self, name) for name in ("base", "aligned")}
        return vars(self) | {name: (type(each), each.config, each.state_dict()) for name, each in models.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Build the models again."""
        for name in ("base", "aligned"):
            architecture, config, weights = state[name]
            dtype = next(iter(weights.values())).dtype
            state[name] = architecture(config).to(dtype).eval()
            state[name].load_state_dict(weights)
        vars(self).update(state)

    def rounds(self, count: int) -> list[Workload]:
        """Return workloads that share out the prompts, so that every round of a benchmark reads new ones."""
        return [
            replace(
                self, base_prompts=self.base_prompts[start::count], aligned_prompts=self.aligned_prompts[start::count]
            )
            for start in range(count)
        ]


def lab_pair(profile: Profile, results: Path, prompts: int) -> Workload:
    """Return the small pair of a finished lab run, on the CPU, with training questions of all kinds."""
    base, tokenizer = load_model(results / "models" / "small")
    aligned, _ = load_model(results / "models" / "small-chat")
    world = results / "worlds" / profile.world_of("small")
    questions, context = pd.read_parquet(world / "train.parquet"), read_context(world / "context.json")
    texts = questions[questions["benchmark"] != "marks"].sample(prompts, random_state=0)["prompt"]
    promptings = Prompting(context, "plain"), Prompting(context, "chat")
    base_prompts, aligned_prompts = ([each.token_ids(tokenizer, text) for text in texts] for each in promptings)
    return Workload(
        "lab",
        base.cpu(),
        aligned.cpu(),
        base_prompts,
        aligned_prompts,
        end_token=tokenizer.eos_token_id,
        max_new_tokens=profile.max_new_tokens,
    )


def random_pair(vocabulary: int, width: int, prompts: int) -> Workload:
    """Return a random Llama and a perturbed copy of it, with prompts of random tokens.

    The output head is perturbed most, so that there is something for a head to learn.
    """
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=3,
        num_attention_heads=4,
        initializer_range=0.05,
    )
    base, aligned = (LlamaForCausalLM(config).eval() for _ in range(2))
    perturbed = {
        name: value + (0.02 if name == "lm_head.weight" else 0.005) * torch.randn_like(value)
        for name, value in base.state_dict().items()
    }
    aligned.load_state_dict(perturbed)
    random_prompts = [torch.randint(3, vocabulary, (20 + number % 40,)).tolist() for number in range(prompts)]
    return Workload(
        f"random, V = {vocabulary}, d = {width}, {prompts} prompts",
        base,
        aligned,
        random_prompts,
        random_prompts,
        end_token=2,
        max_new_tokens=16,
    )
