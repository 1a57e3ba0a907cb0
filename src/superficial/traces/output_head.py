"""Output heads, which turn final hidden states into logits, and the pair of heads that a comparison needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from safetensors.torch import save_file
from torch import Tensor

from superficial.files import atomic_write
from superficial.tensors import all_finite, read_tensors

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class OutputHead:
    """A model's output head: its logits are W h + b. Most models have no b."""

    weight: Float[Tensor, "vocab width"]
    bias: Float[Tensor, " vocab"] | None = None

    @classmethod
    def of(cls, model: PreTrainedModel) -> OutputHead:
        """Return a model's head in float32 on the CPU, whatever the model's dtype and device.

        Raises:
            ValueError: if a weight is not finite.
        """
        module = model.get_output_embeddings()
        bias = getattr(module, "bias", None)
        for part in (module.weight, bias):
            if part is not None and not all_finite(part.detach()):
                raise ValueError(
                    f"The output head of {model.name_or_path or 'the model'} has weights that are not finite."
                )
        return cls(module.weight.detach().float().cpu(), None if bias is None else bias.detach().float().cpu())

    def to(self, device: torch.device | str) -> OutputHead:
        """Return the head on another device."""
        return OutputHead(self.weight.to(device), None if self.bias is None else self.bias.to(device))

    def logits(self, hidden: Float[Tensor, "position width"]) -> Float[Tensor, "position vocab"]:
        """Return W h + b, with the device and dtype of the head, for hidden states of any device and dtype."""
        if hidden.dtype == torch.bfloat16 and self._in_bfloat16 is not None:
            product = torch.mm(hidden.to(self.weight.device), self._in_bfloat16.T, out_dtype=self.weight.dtype)
        else:
            product = hidden.to(self.weight) @ self.weight.T
        return product if self.bias is None else product + self.bias

    @cached_property
    def _in_bfloat16(self) -> Float[Tensor, "vocab width"] | None:
        """W in bfloat16 on a GPU, where it is such a weight: the product is the same, and twice as fast."""
        if not self.weight.is_cuda:
            return None
        halved = self.weight.bfloat16()
        return halved if torch.equal(halved.to(self.weight.dtype), self.weight) else None

    def select(self, tokens: Int[Tensor, " token"]) -> OutputHead:
        """Return the head restricted to the rows of some tokens."""
        tokens = tokens.to(self.weight.device)
        return OutputHead(self.weight[tokens], None if self.bias is None else self.bias[tokens])

    def with_residual(self, delta: Float[Tensor, "vocab width"]) -> OutputHead:
        """Return the head with W + dW and the same bias."""
        return OutputHead(self.weight + delta, self.bias)


@dataclass(frozen=True)
class Pair:
    """The output heads of a base and an aligned model, which share one vocabulary."""

    base: OutputHead
    aligned: OutputHead

    @classmethod
    def of(cls, base: PreTrainedModel, aligned: PreTrainedModel) -> Pair:
        """Return the heads of two models in float32 on the CPU."""
        return cls(OutputHead.of(base), OutputHead.of(aligned))

    @classmethod
    def read(cls, path: Path) -> Pair:
        """Read what `write` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file is damaged or is not a pair of output heads.
        """
        tensors = read_tensors(path, ("base", "aligned"))
        for name, tensor in tensors.items():
            if tensor.dim() != 2 - name.endswith("_bias") or len(tensor) != len(tensors["base"]):
                raise ValueError(f"{path} is not a pair of output heads: {name} is {tuple(tensor.shape)}.")
        base, aligned = (OutputHead(tensors[name], tensors.get(f"{name}_bias")) for name in ("base", "aligned"))
        return cls(base, aligned)

    def write(self, path: Path) -> None:
        """Write both heads as safetensors: base, aligned and, if they exist, base_bias and aligned_bias."""
        tensors = {
            "base": self.base.weight,
            "base_bias": self.base.bias,
            "aligned": self.aligned.weight,
            "aligned_bias": self.aligned.bias,
        }
        with atomic_write(path) as temporary:
            save_file({name: part.contiguous() for name, part in tensors.items() if part is not None}, temporary)

    def to(self, device: torch.device | str) -> Pair:
        """Return the pair on another device."""
        return Pair(self.base.to(device), self.aligned.to(device))

    @property
    def device(self) -> torch.device:
        """Return the device of the base's head."""
        return self.base.weight.device

    @property
    def vocabulary_size(self) -> int:
        """Return the number of tokens."""
        return len(self.base.weight)
