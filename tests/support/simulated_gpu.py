"""A simulated GPU: tensors that claim to be on a GPU, are computed on the CPU, and cannot be mixed with CPU tensors.

Mixed devices are the most common error of code that has never run on a GPU. Speed, memory, rounding and gradients are
not simulated.
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
# Indexing accepts an index on the CPU for a tensor on the GPU; copying goes from any device to any other.
_INDEXING = (
    torch.Tensor.__getitem__,
    torch.Tensor.__setitem__,
    _ATEN.index.Tensor,
    _ATEN.index_put.default,
    _ATEN.index_put_.default,
    _ATEN._index_put_impl_.default,
)
_COPYING = (torch.Tensor.copy_, torch.Tensor.to, _ATEN._to_copy.default, _ATEN.copy_.default)


class _GpuTensor(torch.Tensor):
    """A tensor that claims to be on the GPU and wraps one on the CPU."""

    on_cpu: torch.Tensor

    @staticmethod
    def __new__(cls, on_cpu: torch.Tensor, requires_grad: bool | None = None) -> Any:
        if requires_grad is not None:
            # Accelerate calls the class of the old parameter, whatever the device of the new one.
            return torch.nn.Parameter(on_cpu, requires_grad)
        wrapper = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            on_cpu.size(),
            strides=on_cpu.stride(),
            storage_offset=on_cpu.storage_offset(),
            dtype=on_cpu.dtype,
            layout=on_cpu.layout,
            device=GPU,
        )
        wrapper.on_cpu = on_cpu
        return wrapper

    def __repr__(self) -> str:  # type: ignore[override]
        return f"on the GPU: {self.on_cpu!r}"

    def __tensor_flatten__(self) -> tuple[list[str], None]:
        return ["on_cpu"], None

    @staticmethod
    def __tensor_unflatten__(inner: dict[str, torch.Tensor], *_: Any) -> _GpuTensor:
        return _GpuTensor(inner["on_cpu"])

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return _dispatch(function, args, kwargs or {})


def _leaves(tree: Any, kind: type) -> list[Any]:
    return [leaf for leaf in tree_flatten(tree)[0] if isinstance(leaf, kind)]


def _to_cpu(tree: Any) -> Any:
    return tree_map_only(_GpuTensor, lambda tensor: tensor.on_cpu, tree)


def _check_devices(function: Any, args: Any, kwargs: Any) -> None:
    """Refuse mixed devices, as a GPU does. A tensor with a single number may be anywhere."""
    if function in _COPYING:
        return
    is_index_on_gpu = function in _INDEXING and isinstance(args[0], _GpuTensor)
    tensors = _leaves([args[0], *args[2:3]] if is_index_on_gpu else (args, kwargs), torch.Tensor)
    if len({type(tensor) is _GpuTensor for tensor in tensors if type(tensor) is _GpuTensor or tensor.dim()}) > 1:
        raise RuntimeError(f"Expected all tensors to be on the same device, in {function}.")


def _dispatch(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    _check_devices(function, args, kwargs)
    devices = [device.type for device in _leaves((args, kwargs), torch.device)]
    cpu_args, cpu_kwargs = tree_map_only(
        torch.device, lambda device: CPU if device.type == GPU.type else device, _to_cpu((args, kwargs))
    )
    if function is _ATEN.mm.dtype:
        # A product with another dtype than its factors is only implemented on a GPU.
        *factors, dtype = cpu_args
        if factors[0].dtype != factors[1].dtype:
            raise RuntimeError("Expected mat1 and mat2 to have the same dtype.")
        function, cpu_args = _ATEN.mm.default, tuple(factor.to(dtype) for factor in factors)
    result = function(*cpu_args, **cpu_kwargs)
    if function is _ATEN.copy_.default:
        return args[0]
    gpu_tensors = _leaves((args, kwargs), _GpuTensor)
    if not (GPU.type in devices if devices else gpu_tensors):
        return result
    result = tree_map_only(torch.Tensor, _GpuTensor, result)
    return return_and_correct_aliasing(function, args, kwargs, result) if gpu_tensors else result


class _Operations(TorchDispatchMode):
    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _dispatch(function, args, kwargs or {})


class _Calls(TorchFunctionMode):
    """Handles calls for which torch would need the driver before it dispatches any operation."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        def with_number(value: Any) -> Any:
            return GPU if isinstance(value, (str, torch.device)) and str(value) == GPU.type else value

        kwargs = {name: with_number(value) for name, value in (kwargs or {}).items()}
        if type(kwargs.get("device")) is int:
            kwargs["device"] = GPU
        if function is torch.device:
            return GPU if args[0] == 0 else with_number(function(*args, **kwargs))
        if function in (torch.tensor, torch.as_tensor) and kwargs.get("device") == GPU:
            return function(*args, **kwargs | {"device": CPU}).to(GPU)
        if function is torch.Tensor.tolist:
            return _to_cpu(args[0]).tolist()
        if function is torch.Tensor.to and type(args[1:] and args[1]) is int:
            args = (args[0], GPU, *args[2:])
        args = tuple(map(with_number, args))
        try:
            return function(*args, **kwargs)
        except RuntimeError as error:
            if "not linked with support for cuda" not in str(error):
                raise
        _check_devices(function, args, kwargs)
        cpu_args, cpu_kwargs = _to_cpu((args, kwargs))
        result = function(*cpu_args, **cpu_kwargs)
        return args[0] if result is cpu_args[0] else tree_map_only(torch.Tensor, _GpuTensor, result)


@contextmanager
def simulated_gpu(monkeypatch: Any, gigabytes: float) -> Iterator[None]:
    """Simulate a GPU with this much memory inside the context."""
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
    # It would allocate the memory of the whole model at once, which a small GPU does not have.
    monkeypatch.setattr("transformers.modeling_utils.caching_allocator_warmup", lambda *_: None)
    # The simulation does not reach other threads.
    monkeypatch.setenv("HF_DEACTIVATE_ASYNC_LOAD", "1")
    with torch.no_grad(), _Operations(), _Calls():
        yield
