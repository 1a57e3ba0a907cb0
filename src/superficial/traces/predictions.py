"""The most likely tokens of base, aligned model and student at each response position, for the report's viewer."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import torch
from torch import Tensor

from superficial.traces.chunks import positions_at_once
from superficial.traces.output_head import Pair
from superficial.traces.positions import StudentLogits, measure_positions, token_ranks
from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

MODELS = ("base", "aligned", "superficial")


def top_predictions(pair: Pair, student_logits: StudentLogits, trace: Trace, count: int) -> dict[str, Tensor]:
    """Return the most likely tokens of each model at every response position, one tensor per column.

    Columns: token, what the response contains; {base, aligned, superficial}_tokens and _probabilities, each
    (position, count), the most likely first; target_rank_superficial, the rank of the aligned model's top-1 token in
    the student's distribution (1: the same token).
    """
    columns: dict[str, list[Tensor]] = {}
    for chunk in row_slices(len(trace), positions_at_once(pair.vocabulary_size)):
        base_hidden = trace.base_hidden[chunk]
        base, aligned = pair.base.logits(base_hidden), pair.aligned.logits(trace.aligned_hidden[chunk])
        student = student_logits(base_hidden, base)
        columns.setdefault("target_rank_superficial", []).append(token_ranks(student, aligned.argmax(-1)))
        for model, logits in zip(MODELS, (base, aligned, student), strict=True):
            top = logits.softmax(-1).topk(min(count, logits.shape[-1]), dim=-1)
            columns.setdefault(f"{model}_tokens", []).append(top.indices)
            columns.setdefault(f"{model}_probabilities", []).append(top.values)
    return {"token": trace.token, **{name: torch.cat(values) for name, values in columns.items()}}


def predictions_table(
    pair: Pair,
    student_logits: StudentLogits,
    trace: Trace,
    count: int,
    token_texts: Sequence[str],
    question_ids: pd.Series,
) -> pd.DataFrame:
    """Return `measure_positions` and `top_predictions` as one table with tokens as texts.

    Args:
        pair: the output heads of both models.
        student_logits: the student's logits from the base's hidden states and logits.
        trace: the positions.
        count: how many of the most likely tokens.
        token_texts: the text of every token id.
        question_ids: question ids by the number of their prompt in the trace.
    """
    columns = measure_positions(pair, student_logits, trace) | top_predictions(pair, student_logits, trace, count)
    table = pd.DataFrame({name: list(values.numpy()) for name, values in columns.items()})
    for name in ("source", "target", "student", "token"):
        table[name] = table[name].map(token_texts.__getitem__)
    for model in MODELS:
        table[f"{model}_tokens"] = table[f"{model}_tokens"].map(lambda row: [token_texts[token] for token in row])
    table.insert(0, "question_id", table.pop("prompt").map(question_ids))
    return table
