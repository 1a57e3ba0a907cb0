"""The logit lens (nostalgebraist, "interpreting GPT: the logit lens", 2020): what each layer already says.

The residual stream after a block goes through the final norm and the output head, as if no further block came. So the
layer becomes visible at which a model decides on the token that alignment wants.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import PreTrainedModel

from superficial.depth.parts import Parts, parts_of
from superficial.depth.stream import residual_stream
from superficial.models.batching import plan_batches
from superficial.models.states import final_states
from superficial.traces.chunks import positions_at_once
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.sharded_rows import ShardedRows, row_chunks
from superficial.traces.trace import Trace

# Of the states that the lens gives after the last block, relative to the model's own.
_TOLERANCE = 1e-4


@torch.no_grad()
def layer_states(
    model: PreTrainedModel, parts: Parts, prompts: list[list[int]], responses: list[list[int]], batch_size: int
) -> Iterator[tuple[int, Float[Tensor, "layer position width"]]]:
    """Yield the number of each text, and what the output head would multiply if the model ended after a layer.

    Texts of similar length come together. The states are those after 0, 1, ... blocks, at each response position.

    Args:
        model: the model.
        parts: its parts.
        prompts: token ids of each prompt.
        responses: token ids of each response.
        batch_size: texts per batch.

    Raises:
        ValueError: if the model's own final states are not those after its last block.
    """
    texts = [(prompt + response)[:-1] for prompt, response in zip(prompts, responses, strict=True)]
    for batch in plan_batches(model, list(map(len, texts)), batch_size):
        rows = [texts[i] for i in batch.numbers]
        width = max(map(len, rows))
        # Right padding: a causal model's earlier positions do not see it.
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=model.device)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=model.device)
        with residual_stream(model, parts) as stream:
            final = final_states(model, ids, mask)
        for number, i in enumerate(batch.numbers):
            read = slice(len(prompts[i]) - 1, len(texts[i]))
            states = torch.stack([_to_head(model, parts, state[number, None, read])[0] for state in stream])
            _check_last(states[-1], final[number, read], model.config.model_type)
            yield i, states.float().cpu()


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
    numbers, texts = list(responses), list(responses.values())
    target = _most_likely(pair.aligned, trace.aligned_hidden)
    is_shifted = target != _most_likely(pair.base, trace.base_hidden)
    counts = list(map(len, texts))
    by_text = list(zip(target.split(counts), is_shifted.split(counts), strict=True))
    tables = []
    for text, states in layer_states(model, parts_of(model), [prompts[i] for i in numbers], texts, batch_size):
        wanted, shifted = by_text[text]
        agrees = _most_likely(head, states.flatten(0, 1)).view(states.shape[:2]) == wanted
        columns = {"agreeing": agrees.sum(1), "agreeing_shifted": (agrees & shifted).sum(1)}
        table = pd.DataFrame({name: column.cpu().numpy() for name, column in columns.items()}).rename_axis("layer")
        tables.append(table.assign(prompt=numbers[text], positions=len(wanted), shifted=shifted.sum().item()))
    return pd.concat(tables).reset_index().sort_values(["layer", "prompt"], ignore_index=True)


def _most_likely(head: OutputHead, states: Tensor | ShardedRows) -> Int[Tensor, " position"]:
    size = positions_at_once(len(head.weight))
    return torch.cat([head.logits(some).argmax(-1) for some in row_chunks(states, size)])


def _to_head(model: PreTrainedModel, parts: Parts, state: Tensor) -> Tensor:
    for name in parts.after:
        state = model.get_submodule(name)(state)
    return state


def _check_last(states: Tensor, final: Tensor, kind: str) -> None:
    if states.shape != final.shape or not torch.allclose(states, final, rtol=_TOLERANCE, atol=_TOLERANCE):
        raise ValueError(f"The logit lens cannot read {kind}: its head does not multiply its normed residual stream.")
