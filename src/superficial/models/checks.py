"""What the method requires of a model and of a pair: one vocabulary, and logits that are head times hidden state."""

from __future__ import annotations

from typing import Any

import torch
from transformers import PreTrainedModel

# Relative; wide enough for bfloat16.
_TOLERANCE = 1e-2
# The largest logit that the check makes the head return; a soft cap bends only large ones.
_LARGEST_LOGIT = 100.0


@torch.inference_mode()
def check_linear_head(model: PreTrainedModel) -> None:
    """Check that a model's logits are its output head times its final hidden state, and nothing more.

    Otherwise a residual dW on the head would not add dW h to the logits (section 2.2). The check makes the head return
    known logits for a short input, and compares what the model returns.

    Raises:
        ValueError: if the model changes its logits after the head (soft caps, logit scaling), if the head does not
            read the final hidden state, or if logits are not finite.
    """
    head = model.get_output_embeddings()
    probe = (torch.arange(1, 6).unsqueeze(0) % model.config.vocab_size).to(model.device)
    hidden = model.get_decoder()(input_ids=probe).last_hidden_state
    if not hidden.isfinite().all() or not head.weight.isfinite().all():
        raise ValueError(
            f"The logits of this {model.config.model_type} are not finite in {model.dtype}: its weights are damaged, "
            "or it needs a different dtype."
        )
    inputs_of_head: list[torch.Tensor] = []
    size, device, dtype = model.config.vocab_size, hidden.device, hidden.dtype
    known = torch.linspace(-_LARGEST_LOGIT, _LARGEST_LOGIT, size, device=device, dtype=dtype)

    def replace_logits(_: Any, inputs: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        inputs_of_head.append(inputs[0])
        return known.expand_as(output)

    hook = head.register_forward_hook(replace_logits)
    try:
        logits = model(input_ids=probe).logits
    finally:
        hook.remove()
    after = (logits.float() - known.float()).abs().max().item()
    if after > _TOLERANCE * _LARGEST_LOGIT:
        raise ValueError(
            f"{model.config.model_type} changes its logits after the output head (by up to {after:.3g} where "
            f"they are {_LARGEST_LOGIT:.0f}), as a soft cap or a logit scale does; the method needs logits that are "
            "head times hidden state."
        )
    before = (inputs_of_head[0] - hidden).float().abs().max().item()
    if before > _TOLERANCE * hidden.abs().max().item():
        raise ValueError(
            f"The output head of {model.config.model_type} does not read the final hidden state, but something that "
            f"differs from it by up to {before:.3g}; the method needs logits that are head times hidden state."
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
