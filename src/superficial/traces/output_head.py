"""The output heads of a pair: what turns final hidden states into logits, with a bias where the model has one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from safetensors.torch import save_file
from torch import Tensor

from superficial.files import atomic_write
from superficial.tensors import read_tensors

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class OutputHead:
    """W and b of a model: its logits are W h + b. Most models have no b."""

    weight: Float[Tensor, "vocab width"]
    bias: Float[Tensor, " vocab"] | None = None

    @classmethod
    def of(cls, model: PreTrainedModel) -> OutputHead:
        """Return a model's head in float32 on the CPU, whatever the model computes in and on."""
        module = model.get_output_embeddings()
        bias = getattr(module, "bias", None)
        return cls(module.weight.detach().float().cpu(), None if bias is None else bias.detach().float().cpu())

    def to(self, device: torch.device | str) -> OutputHead:
        """Return the head on another device."""
        return OutputHead(self.weight.to(device), None if self.bias is None else self.bias.to(device))

    def logits(self, hidden: Float[Tensor, "position width"]) -> Float[Tensor, "position vocab"]:
        """Return W h + b for each hidden state, wherever that is and in whatever numbers, where and as the head is."""
        product = hidden.to(self.weight) @ self.weight.T
        return product if self.bias is None else product + self.bias

    def rows(self, rows: Int[Tensor, " row"]) -> OutputHead:
        """Return the head of some tokens alone."""
        rows = rows.to(self.weight.device)
        return OutputHead(self.weight[rows], None if self.bias is None else self.bias[rows])

    def plus(self, delta: Float[Tensor, "vocab width"]) -> OutputHead:
        """Return the head with W + dW; the bias stays."""
        return OutputHead(self.weight + delta, self.bias)


def write_output_heads(path: Path, base: OutputHead, aligned: OutputHead) -> None:
    """Write both heads of a pair as safetensors: base, aligned and, where there is one, base_bias, aligned_bias."""
    tensors = {"base": base.weight, "base_bias": base.bias, "aligned": aligned.weight, "aligned_bias": aligned.bias}
    with atomic_write(path) as temporary:
        save_file({name: part.contiguous() for name, part in tensors.items() if part is not None}, temporary)


def read_output_heads(path: Path) -> tuple[OutputHead, OutputHead]:
    """Read what `write_output_heads` wrote: the base's head and the aligned model's.

    Raises:
        ValueError: where the file is damaged or holds something else.
    """
    tensors = read_tensors(path, ("base", "aligned"))
    for name, tensor in tensors.items():
        if tensor.dim() != 2 - name.endswith("_bias") or len(tensor) != len(tensors["base"]):
            raise ValueError(f"{path} is no pair of output heads: {name} is {tuple(tensor.shape)}.")
    base, aligned = (OutputHead(tensors[name], tensors.get(f"{name}_bias")) for name in ("base", "aligned"))
    return base, aligned
