"""A GPU that is none: tensors that say they are on one, are computed here, and refuse to meet others as there.

What a GPU refuses is the commonest fault of code that never ran on one. Its speed, its memory and its rounding are not
simulated, nor are gradients.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map_only

GPU, CPU = torch.device("cuda", 0), torch.device("cpu")
_ATEN = torch.ops.aten
# The first of these may lie elsewhere than the second; copies go both ways.
_CHOOSING = (
    torch.Tensor.__getitem__,
    torch.Tensor.__setitem__,
    _ATEN.index.Tensor,
    _ATEN.index_put.default,
    _ATEN.index_put_.default,
    _ATEN._index_put_impl_.default,
)
_COPYING = (torch.Tensor.copy_, torch.Tensor.to, _ATEN._to_copy.default, _ATEN.copy_.default)


class _OnGpu(torch.Tensor):
    """A tensor that says it is on the GPU, around one that is here."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor, requires_grad: bool | None = None) -> Any:
        if requires_grad is not None:
            # Accelerate makes parameters of the kind that was there, wherever the new one is.
            return torch.nn.Parameter(held, requires_grad)
        made = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            held.size(),
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            layout=held.layout,
            device=GPU,
        )
        made.held = held
        return made

    def __repr__(self) -> str:  # type: ignore[override]
        return f"on the GPU: {self.held!r}"

    def __tensor_flatten__(self) -> tuple[list[str], None]:
        return ["held"], None

    @staticmethod
    def __tensor_unflatten__(inner: dict[str, torch.Tensor], *_: Any) -> _OnGpu:
        return _OnGpu(inner["held"])

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return _dispatched(function, args, kwargs or {})


def _leaves(tree: Any, kind: type) -> list[Any]:
    return [one for one in tree_flatten(tree)[0] if isinstance(one, kind)]


def _here(tree: Any) -> Any:
    return tree_map_only(_OnGpu, lambda one: one.held, tree)


def _check(function: Any, args: Any, kwargs: Any) -> None:
    """Refuse tensors of both places, as a GPU does; single numbers may lie anywhere, numbers of rows on the CPU."""
    if function in _COPYING:
        return
    given = [args[0], *args[2:3]] if function in _CHOOSING and isinstance(args[0], _OnGpu) else (args, kwargs)
    places = {type(one) is _OnGpu for one in _leaves(given, torch.Tensor) if type(one) is _OnGpu or one.dim()}
    if len(places) > 1:
        raise RuntimeError(f"Expected all tensors to be on the same device, in {function}.")


def _dispatched(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    _check(function, args, kwargs)
    asked = [one.type for one in _leaves((args, kwargs), torch.device)]
    plain = _here((args, kwargs))
    plain_args, plain_kwargs = tree_map_only(torch.device, lambda one: CPU if one.type == GPU.type else one, plain)
    found = function(*plain_args, **plain_kwargs)
    if function is _ATEN.copy_.default:
        return args[0]
    there = _leaves((args, kwargs), _OnGpu)
    if not (GPU.type in asked if asked else there):
        return found
    found = tree_map_only(torch.Tensor, _OnGpu, found)
    return return_and_correct_aliasing(function, args, kwargs, found) if there else found


class _Dispatch(TorchDispatchMode):
    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _dispatched(function, args, kwargs or {})


class _Calls(TorchFunctionMode):
    """Does what torch would ask a driver for before any dispatch: the number of the GPU, and its turn to work."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        def numbered(one: Any) -> Any:
            return GPU if isinstance(one, (str, torch.device)) and str(one) == GPU.type else one

        kwargs = {name: numbered(one) for name, one in (kwargs or {}).items()}
        if type(kwargs.get("device")) is int:
            kwargs["device"] = GPU
        if function is torch.device:
            return GPU if args[0] == 0 else numbered(function(*args, **kwargs))
        if function in (torch.tensor, torch.as_tensor) and kwargs.get("device") == GPU:
            return function(*args, **kwargs | {"device": CPU}).to(GPU)
        if function is torch.Tensor.tolist:
            return _here(args[0]).tolist()
        if function is torch.Tensor.to and type(args[1:] and args[1]) is int:
            args = (args[0], GPU, *args[2:])
        args = tuple(map(numbered, args))
        try:
            return function(*args, **kwargs)
        except RuntimeError as error:
            if "not linked with support for cuda" not in str(error):
                raise
        _check(function, args, kwargs)
        plain_args, plain_kwargs = _here((args, kwargs))
        found = function(*plain_args, **plain_kwargs)
        return args[0] if found is plain_args[0] else tree_map_only(torch.Tensor, _OnGpu, found)


@contextmanager
def simulated_gpu(monkeypatch: Any, gigabytes: float) -> Iterator[None]:
    """Have a GPU of so much memory while the context lasts."""
    size = int(gigabytes * 1e9)
    for name, answer in {
        "_lazy_init": None,
        "is_available": True,
        "is_initialized": True,
        "device_count": 1,
        "current_device": 0,
        "empty_cache": None,
        "synchronize": None,
        "mem_get_info": (size, size),
        "get_device_properties": SimpleNamespace(total_memory=size, name="simulated"),
    }.items():
        monkeypatch.setattr(torch.cuda, name, lambda *_, answer=answer, **__: answer)
    # It takes at once what a load will need, less a gigabyte: more than this GPU may have.
    monkeypatch.setattr("transformers.modeling_utils.caching_allocator_warmup", lambda *_: None)
    # Threads of its own would not see the simulation.
    monkeypatch.setenv("HF_DEACTIVATE_ASYNC_LOAD", "1")
    with torch.no_grad(), _Dispatch(), _Calls():
        yield
