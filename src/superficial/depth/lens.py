"""The logit lens (nostalgebraist, "interpreting GPT: the logit lens", 2020): what each layer already says.

The residual stream after a block goes through the final norm and the output head, as if no further block came. So the
layer becomes visible at which a model decides on the token that alignment wants.
"""

from __future__ import annotations

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from transformers import PreTrainedModel

from superficial.depth.parts import Parts, parts_of
from superficial.depth.stream import residual_stream
from superficial.models.batching import plan_batches
from superficial.models.states import final_states
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

# Of the states that the lens gives after the last block, relative to the model's own.
_TOLERANCE = 1e-4


@torch.no_grad()
def layer_states(
    model: PreTrainedModel, parts: Parts, prompts: list[list[int]], responses: list[list[int]], batch_size: int
) -> Float[Tensor, "layer position width"]:
    """Return what the output head would multiply at each response position if the model ended after a layer.

    Args:
        model: the model.
        parts: its parts.
        prompts: token ids of each prompt.
        responses: token ids of each response.
        batch_size: texts per batch.

    Returns:
        the states after 0, 1, ... blocks, ordered by prompt, then by position.

    Raises:
        ValueError: if the model's own final states are not those after its last block.
    """
    texts = [(prompt + response)[:-1] for prompt, response in zip(prompts, responses, strict=True)]
    by_text: dict[int, Tensor] = {}
    for batch in plan_batches(model, list(map(len, texts)), batch_size):
        rows = [texts[i] for i in batch.numbers]
        width = max(map(len, rows))
        # Right padding: a causal model's earlier positions do not see it.
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=model.device)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=model.device)
        with residual_stream(model, parts) as stream:
            final = final_states(model, ids, mask)
        states = torch.stack([_to_head(model, parts, state) for state in stream])
        for number, i in enumerate(batch.numbers):
            read = slice(len(prompts[i]) - 1, len(texts[i]))
            _check_last(states[-1, number, read], final[number, read], model.config.model_type)
            by_text[i] = states[:, number, read].float().cpu()
    return torch.cat([by_text[i] for i in range(len(texts))], dim=1)


def agreement_by_layer(
    model: PreTrainedModel, head: OutputHead, pair: Pair, trace: Trace, prompts: list[list[int]], batch_size: int
) -> pd.DataFrame:
    """Return at how many positions each layer's most likely token is already the aligned model's.

    Args:
        model: the base or the aligned model of a pair.
        head: its output head.
        pair: both output heads.
        trace: the responses, read by both models.
        prompts: token ids of all prompts as this model reads them; the numbers in the trace are their indices.
        batch_size: texts per batch.

    Returns:
        one row a prompt and layer: prompt, layer, agreeing, positions; and the last two at shift tokens alone, as
        agreeing_shifted and shifted.
    """
    responses = trace.responses()
    texts = [prompts[number] for number in responses]
    states = layer_states(model, parts_of(model), texts, list(responses.values()), batch_size)
    target = pair.aligned.logits(trace.aligned_hidden[:]).argmax(-1)
    is_shifted = target != pair.base.logits(trace.base_hidden[:]).argmax(-1)
    tables = []
    for layer, of_layer in enumerate(states):
        agrees = head.logits(of_layer).argmax(-1) == target
        columns = {"agreeing": agrees, "positions": torch.ones_like(agrees)}
        columns |= {"agreeing_shifted": agrees & is_shifted, "shifted": is_shifted}
        table = pd.DataFrame({name: values.long().numpy() for name, values in columns.items()})
        tables.append(table.groupby(trace.prompt.numpy()).sum().rename_axis("prompt").reset_index().assign(layer=layer))
    return pd.concat(tables, ignore_index=True)


def _to_head(model: PreTrainedModel, parts: Parts, state: Tensor) -> Tensor:
    for name in parts.after:
        state = model.get_submodule(name)(state)
    return state


def _check_last(states: Tensor, final: Tensor, kind: str) -> None:
    if states.shape != final.shape or not torch.allclose(states, final, rtol=_TOLERANCE, atol=_TOLERANCE):
        raise ValueError(f"The logit lens cannot read {kind}: its head does not multiply its normed residual stream.")
