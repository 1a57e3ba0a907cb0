"""The parts of a causal language model in the order of the computation: embeddings, blocks, final norm.

Which module is a block is not read from names: of all lists of modules, the blocks are the one list whose members each
run once for a text, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from transformers import PreTrainedModel

from superficial.models.rope import reset_positions

# Token ids that every vocabulary has.
TEXT = (1, 2, 3)


@dataclass(frozen=True)
class Parts:
    """Names of modules by part; the output head belongs to none.

    Attributes:
        blocks: the name of the list of blocks.
        count: how many there are.
        before: outermost modules with parameters that run before the first block: embeddings, and norms of these.
        after: likewise, after the last block: the final norm, and projections.
    """

    blocks: str
    count: int
    before: tuple[str, ...]
    after: tuple[str, ...]

    def block(self, number: int) -> str:
        """Return the name of a block, counted from 0."""
        return f"{self.blocks}.{number}"


def parts_of(model: PreTrainedModel) -> Parts:
    """Return the parts of a model, by one pass over a short text.

    Raises:
        ValueError: if the model has no single list of blocks that run one after the other, or blocks share weights.
    """
    with _recorded(model) as runs:
        reset_positions(model)
        with torch.no_grad():
            model(input_ids=torch.tensor([TEXT], device=model.device), use_cache=False)
    kind = model.config.model_type
    lists = [name for name, module in model.named_modules() if _is_run_in_order(name, module, runs)]
    lists = [name for name in lists if not any(name.startswith(f"{other}.") for other in lists)]
    if len(lists) != 1:
        found = ", ".join(lists) or "none"
        raise ValueError(f"{kind} has no single list of blocks that run one after the other; there are {found}.")
    (blocks,) = lists
    count = len(_list(model, blocks))
    _check_no_shared_weights(model, blocks, kind)
    head = _name_of(model, model.get_output_embeddings())
    first, last = runs.index(f"{blocks}.0"), runs.index(f"{blocks}.{count - 1}")
    owners = [name for name, module in model.named_modules() if name and any(True for _ in module.parameters(False))]
    outside = [name for name in owners if not name.startswith((f"{blocks}.", head)) and name in runs]
    return Parts(
        blocks,
        count,
        tuple(name for name in outside if runs.index(name) < first),
        tuple(name for name in outside if runs.index(name) > last),
    )


def parameters_of(model: PreTrainedModel, module: str) -> dict[str, torch.Tensor]:
    """Return the parameters and saved buffers of a module by their names in it."""
    return dict(model.get_submodule(module).state_dict(keep_vars=True))


@contextmanager
def _recorded(model: PreTrainedModel) -> Iterator[list[str]]:
    """Yield a list that receives the name of each module when it begins to run."""
    runs: list[str] = []

    def record(name: str) -> Any:
        return lambda *_: runs.append(name)

    hooks = [module.register_forward_pre_hook(record(name)) for name, module in model.named_modules()]
    try:
        yield runs
    finally:
        for hook in hooks:
            hook.remove()


def _is_run_in_order(name: str, module: nn.Module, runs: list[str]) -> bool:
    if not isinstance(module, nn.ModuleList) or not len(module):
        return False
    members = [f"{name}.{number}" for number in range(len(module))]
    return [run for run in runs if run in set(members)] == members


def _list(model: PreTrainedModel, name: str) -> nn.ModuleList:
    return cast("nn.ModuleList", model.get_submodule(name))


def _check_no_shared_weights(model: PreTrainedModel, blocks: str, kind: str) -> None:
    owner: dict[int, int] = {}
    for number, block in enumerate(_list(model, blocks)):
        for parameter in block.parameters():
            if owner.setdefault(id(parameter), number) != number:
                raise ValueError(f"{kind} shares weights between blocks {owner[id(parameter)]} and {number}.")


def _name_of(model: PreTrainedModel, wanted: nn.Module) -> str:
    return next(name for name, module in model.named_modules() if module is wanted)
