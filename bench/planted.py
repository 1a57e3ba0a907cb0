"""Pairs of heads that no trained model is at hand for: the sizes of large models, and independent heads.

The base's states have directions of falling variance and a constant one, which carries the frequency of each token, by
Zipf's law. The aligned model's states are a smooth function of the base's that no linear map is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

_PER_PROMPT = 20
# Standard deviation of the logits without the frequencies, and what fine-tuning changes of states and of heads.
_LOGIT_SCALE = 3.0
_STATE_CHANGE = 0.3
_HEAD_CHANGE = 0.1


@dataclass(frozen=True)
class Planted:
    """The sizes of a pair, its training and validation prompts, and whether its heads have anything in common."""

    vocabulary: int
    width: int
    prompts: int
    validation_prompts: int
    independent_heads: bool = False

    def make(self, seed: int = 0) -> tuple[Pair, Trace, Trace]:
        """Return the pair, its training and its validation positions."""
        generator = torch.Generator().manual_seed(seed)

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator)

        positions = _PER_PROMPT * (self.prompts + self.validation_prompts)
        strengths = torch.arange(1, self.width + 1).pow(-0.5)
        strengths *= _LOGIT_SCALE / strengths.norm()
        base_hidden = normal(positions, self.width) * strengths
        inner = (base_hidden @ normal(self.width, self.width) / _LOGIT_SCALE).tanh()
        aligned_hidden = base_hidden + _STATE_CHANGE * inner @ normal(self.width, self.width) * strengths / _LOGIT_SCALE
        base = normal(self.vocabulary, self.width)
        if self.independent_heads:
            aligned = normal(self.vocabulary, self.width)
        else:
            aligned = base + _HEAD_CHANGE * normal(self.vocabulary, self.width)
        frequency = -(torch.arange(self.vocabulary) + 10.0).log()
        for states, rows in ((base_hidden, base), (aligned_hidden, aligned)):
            states[:, 0], rows[:, 0] = 1.0, frequency
        token = torch.zeros(positions, dtype=torch.int64)
        number = torch.arange(positions)
        trace = Trace(number // _PER_PROMPT, number % _PER_PROMPT, token, base_hidden, aligned_hidden)
        is_training = trace.prompt < self.prompts
        return Pair(OutputHead(base), OutputHead(aligned)), trace.select(is_training), trace.select(~is_training)


PLANTED = {
    "Gemma's vocabulary": Planted(256000, 256, 40, 10),
    "Gemma's width": Planted(4096, 2304, 80, 20),
    "Llama-2's size": Planted(32000, 4096, 400, 100),
    "Qwen2.5's vocabulary": Planted(151936, 2048, 200, 50),
    "independent heads": Planted(562, 128, 200, 50, independent_heads=True),
    "100,000 positions": Planted(562, 128, 5000, 500),
}
