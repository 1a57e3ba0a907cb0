"""What the stages fetch and tune take."""

from __future__ import annotations

from superficial.config import Hub, Package, Profile, Published, Tuned
from superficial.planning.call import PROCESS_BYTES, TORCH_PROCESS_BYTES, CallPlan
from superficial.planning.quantities import architecture_of
from superficial.planning.sizes import BYTES, adapter_parameters, parameters, token_operations, weight_bytes

# Of a checkpoint, beside its weights.
_TOKENIZER_BYTES = 5e6
# A weight with its gradient and Adam's two moments; the moments are also saved, so that a tuning can be resumed.
_NUMBERS_A_WEIGHT, _SAVED_NUMBERS_A_WEIGHT = 4, 2


def plan_model(profile: Profile, name: str) -> CallPlan:
    """Return what it takes to fetch or to tune a model."""
    return _plan_fetch(profile, name) if isinstance(profile.models[name], Published) else _plan_tune(profile, name)


def _plan_fetch(profile: Profile, name: str) -> CallPlan:
    recipe = profile.models[name]
    if isinstance(recipe, Package):
        # Its conversion holds the weights twice, and writes them beside the downloads.
        weights = weight_bytes(architecture_of(profile, name), "float32")
        return CallPlan("fetch", name, download_bytes=weights, host_bytes=2 * weights + TORCH_PROCESS_BYTES)
    assert isinstance(recipe, Hub), f"{name} is not fetched"
    # A local folder is used where it is.
    size = weight_bytes(architecture_of(profile, name), "bfloat16") + _TOKENIZER_BYTES if recipe.repo else 0
    return CallPlan("fetch", name, download_bytes=size, host_bytes=PROCESS_BYTES)


def _plan_tune(profile: Profile, name: str) -> CallPlan:
    recipe, architecture = profile.models[name], architecture_of(profile, name)
    assert isinstance(recipe, Tuned), "profiles on real models have fetched and tuned ones"
    settings, size = recipe.training, weight_bytes(architecture, recipe.dtype)
    length = min(recipe.expected.mean_tokens, settings.max_length)
    tokens = recipe.expected.conversations * length * settings.epochs
    # Adapters are trained in float32, all weights in the model's own data type.
    trained = adapter_parameters(architecture, settings.lora.rank) if settings.lora else parameters(architecture)
    trained_bytes = trained * (BYTES["float32"] if settings.lora else BYTES[recipe.dtype])
    # Forward, again because activations are not stored, and backward; and the gradients of all weights if all learn.
    passes = 3 if settings.lora else 4
    state_bytes = _NUMBERS_A_WEIGHT * trained_bytes
    tokens_at_once = settings.batch_size * settings.max_length
    activations = architecture.layers * architecture.width * BYTES[recipe.dtype]
    logits = 3 * BYTES["float32"] * architecture.vocabulary
    return CallPlan(
        "tune",
        name,
        disk_bytes=size,
        scratch_bytes=_SAVED_NUMBERS_A_WEIGHT * trained_bytes,
        host_bytes=size + TORCH_PROCESS_BYTES,
        card_bytes=(size if settings.lora else 0) + state_bytes + tokens_at_once * (activations + logits),
        loaded_bytes=size,
        tokens_read=tokens,
        operations=passes * tokens * token_operations(architecture, length / 2),
    )
