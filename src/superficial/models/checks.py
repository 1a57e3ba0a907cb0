"""What the method requires of a model and of a pair: one vocabulary, and logits that are head times hidden state."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from superficial.models.states import final_states

# Relative; wide enough for bfloat16.
_TOLERANCE = 1e-2
# The largest logit that the check makes the head return; a soft cap bends only large ones.
_LARGEST_LOGIT = 100.0


@torch.inference_mode()
def check_linear_head(model: PreTrainedModel) -> None:
    """Check that a model is causal, and that its logits are its output head times a hidden state, and nothing more.

    Otherwise a residual dW on the head would not add dW h to the logits (section 2.2). The check makes the head return
    known logits for a short input, and compares what the model returns.

    Raises:
        ValueError: if the model changes its logits after the head (soft caps, logit scaling), if its head is not a
            linear layer, if its states depend on later tokens, or if logits are not finite.
    """
    kind, head = model.config.model_type, model.get_output_embeddings()
    weight = getattr(head, "weight", None)
    if not isinstance(weight, Tensor) or weight.ndim != 2 or not weight.is_floating_point():
        raise ValueError(f"The output head of this {kind} is not a matrix of numbers (vocabulary, width).")
    probe = (torch.arange(1, 6).unsqueeze(0) % len(weight)).to(model.device)
    hidden = final_states(model, probe)
    if not hidden.isfinite().all() or not weight.isfinite().all():
        raise ValueError(
            f"The logits of this {kind} are not finite in {model.dtype}: its weights are damaged, or it needs a "
            "different dtype."
        )
    if hidden.ndim != 3 or hidden.shape[-1] != weight.shape[1]:
        raise ValueError(f"The output head of this {kind} does not multiply a hidden state of its own width.")
    _check_causal(model, probe, hidden)
    known = torch.linspace(-_LARGEST_LOGIT, _LARGEST_LOGIT, len(weight), device=hidden.device, dtype=hidden.dtype)
    hook = head.register_forward_hook(lambda _, inputs, output: known.expand_as(output))
    try:
        logits = model(input_ids=probe, attention_mask=torch.ones_like(probe), use_cache=False).logits
    finally:
        hook.remove()
    after = (logits.float() - known.float()).abs().max().item()
    if not after <= _TOLERANCE * _LARGEST_LOGIT:
        raise ValueError(
            f"{kind} changes its logits after the output head (by up to {after:.3g} where they are "
            f"{_LARGEST_LOGIT:.0f}), as a soft cap or a logit scale does; the method needs logits that are head times "
            "hidden state."
        )


def _check_causal(model: PreTrainedModel, probe: Tensor, hidden: Tensor) -> None:
    # With one length, the same kernels compute both.
    other = torch.cat([probe[:, :-1], probe[:, :1]], dim=1)
    change = (final_states(model, other) - hidden)[:, :-1].float().abs().max().item()
    if change > _TOLERANCE * hidden.float().abs().max().item():
        raise ValueError(
            f"This {model.config.model_type} is not a causal language model as it is configured: its states depend on "
            f"later tokens (by up to {change:.3g})."
        )


def check_same_vocabulary(base: Any, aligned: Any) -> None:
    """Check that two tokenizers give every token the same id.

    Raises:
        ValueError: if they differ; the message has both sizes and one token that differs.
    """
    left, right = base.get_vocab(), aligned.get_vocab()
    if left != right:
        token = min(set(left.items()) ^ set(right.items()))[0]
        raise ValueError(
            f"The base and the aligned model must share one vocabulary: theirs have {len(left)} and {len(right)} "
            f"tokens, and {token!r} is one that differs."
        )
