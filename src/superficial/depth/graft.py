"""Grafts: a base model of which some parts are the aligned model's.

Whole modules are exchanged while a block of code runs, so a graft needs no memory of its own, and the base is
afterwards what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import nn
from transformers import PreTrainedModel

from superficial.config.depth import Graft
from superficial.depth.parts import TEXT, Parts, parameters_of, parts_of
from superficial.models.states import final_states

# Settings in which two models may differ: names, versions, special tokens and what concerns only generation.
_OWN = {
    *("_name_or_path", "architectures", "transformers_version", "dtype", "torch_dtype", "use_cache"),
    *("bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "tie_word_embeddings", "vocab_size"),
    *("id2label", "label2id", "problem_type", "is_decoder", "output_attentions", "output_hidden_states"),
}


def check_alike(base: PreTrainedModel, aligned: PreTrainedModel) -> Parts:
    """Check that blocks of one model can stand in the other; return the parts that both have.

    Raises:
        ValueError: if a setting that their blocks depend on differs, or the shape of a weight; the message names it.
    """
    settings = [model.config.get_text_config(decoder=True).to_dict() for model in (base, aligned)]
    for name in sorted(settings[0].keys() | settings[1].keys()):
        values = [one.get(name) for one in settings]
        if name not in _OWN and values[0] != values[1]:
            raise ValueError(
                f"The configurations differ in {name}: {values[0]!r} in the base, {values[1]!r} in the aligned model; "
                "blocks can be exchanged only between models of one architecture and size."
            )
    parts, others = parts_of(base), parts_of(aligned)
    if parts != others:
        raise ValueError(f"The base has the parts {parts}, the aligned model {others}; they must have the same.")
    for number in range(parts.count):
        _check_shapes(base, aligned, parts.block(number))
    _check_whole(base, aligned, parts)
    return parts


def _check_whole(base: PreTrainedModel, aligned: PreTrainedModel, parts: Parts) -> None:
    """Check that the base with every part of the aligned model computes what that computes: no weight is missed."""
    embeddings = [model.get_input_embeddings().weight.shape for model in (base, aligned)]
    if embeddings[0] != embeddings[1]:
        # Only grafts without the embeddings can be made, and the blocks' shapes are equal.
        return
    ids = torch.tensor([TEXT], device=base.device)
    with torch.no_grad(), grafted(base, aligned, Graft(blocks=parts.count, norm=True, embeddings=True), parts) as whole:
        states = [final_states(model, ids) for model in (whole, aligned)]
    if not torch.equal(*states):
        raise ValueError(
            f"{base.config.model_type} has weights that belong to no block and to neither end of the blocks."
        )


def taken(parts: Parts, graft: Graft) -> tuple[str, ...]:
    """Return the names of the modules that a graft takes from the aligned model.

    Raises:
        ValueError: if it asks for more blocks than there are.
    """
    if graft.blocks > parts.count:
        raise ValueError(f"blocks is {graft.blocks}; the models have {parts.count} blocks.")
    numbers = range(parts.count)
    chosen = numbers[parts.count - graft.blocks :] if graft.side == "top" else numbers[: graft.blocks]
    return (
        *(parts.before if graft.embeddings else ()),
        *(parts.block(number) for number in chosen),
        *(parts.after if graft.norm else ()),
    )


@contextmanager
def grafted(base: PreTrainedModel, aligned: PreTrainedModel, graft: Graft, parts: Parts) -> Iterator[PreTrainedModel]:
    """Put parts of the aligned model into the base while the block runs.

    Args:
        base: the base; its own parts are back afterwards.
        aligned: the aligned model, unchanged.
        graft: which parts.
        parts: of both models, see `check_alike`.

    Yields:
        The base.

    Raises:
        ValueError: if the graft asks for more blocks than there are, or a part has other shapes.
    """
    names = taken(parts, graft)
    for name in names:
        _check_shapes(base, aligned, name)
    own = {name: base.get_submodule(name) for name in names}
    try:
        for name in names:
            _put(base, name, aligned.get_submodule(name))
        yield base
    finally:
        for name, module in own.items():
            _put(base, name, module)


@torch.no_grad()
def graft_into(base: PreTrainedModel, aligned: PreTrainedModel, graft: Graft) -> None:
    """Copy the parts of a graft into the base for good; its output head stays what it is.

    Raises:
        ValueError: if the two are unlike, or the graft asks for more blocks than there are.
    """
    names = taken(check_alike(base, aligned), graft)
    head = cast("nn.Linear", base.get_output_embeddings())
    if graft.embeddings and head.weight is base.get_input_embeddings().weight:
        head.weight = nn.Parameter(head.weight.detach().clone())
        base.config.tie_word_embeddings = False
    for name in names:
        _check_shapes(base, aligned, name)
        base.get_submodule(name).load_state_dict(aligned.get_submodule(name).state_dict())


def differing(base: PreTrainedModel, aligned: PreTrainedModel, parts: Parts) -> frozenset[str]:
    """Return the names of the parts whose weights differ: only these can change anything in a graft."""
    names = (*parts.before, *(parts.block(number) for number in range(parts.count)), *parts.after)
    return frozenset(name for name in names if not _are_equal(base, aligned, name))


def _are_equal(base: PreTrainedModel, aligned: PreTrainedModel, name: str) -> bool:
    left, right = parameters_of(base, name), parameters_of(aligned, name)
    return left.keys() == right.keys() and all(torch.equal(left[key], right[key]) for key in left)


def _check_shapes(base: PreTrainedModel, aligned: PreTrainedModel, name: str) -> None:
    shapes = [
        {key: tuple(value.shape) for key, value in parameters_of(model, name).items()} for model in (base, aligned)
    ]
    if shapes[0] != shapes[1]:
        key = next(key for key in shapes[0] | shapes[1] if shapes[0].get(key) != shapes[1].get(key))
        raise ValueError(
            f"{name}.{key} is {shapes[0].get(key)} in the base and {shapes[1].get(key)} in the aligned model; a graft "
            "needs equal shapes."
        )


def _put(model: PreTrainedModel, name: str, module: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    holder: Any = model.get_submodule(parent)
    if isinstance(holder, nn.ModuleList):
        holder[int(own)] = module
    else:
        setattr(holder, own, module)
