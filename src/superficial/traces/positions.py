"""What a pair and a student predict at each response position: the data behind shift tokens and KL curves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from superficial.traces.chunks import positions_at_once
from superficial.traces.kl import kl_divergence
from superficial.traces.output_head import Pair
from superficial.traces.sharded_rows import row_slices
from superficial.traces.trace import Trace

if TYPE_CHECKING:
    import pandas as pd

# A student's logits from the base's hidden states and logits, as the method `student_logits` of both kinds of heads.
StudentLogits = Callable[
    [Float[Tensor, "position width"], Float[Tensor, "position vocab"]], Float[Tensor, "position vocab"]
]


def measure_positions(pair: Pair, student_logits: StudentLogits, trace: Trace) -> dict[str, Tensor]:
    """Return what each model predicts at every response position (section 2.1), one tensor per column.

    Columns: prompt; position; source, target and student, the top-1 tokens of the base, the aligned model and the
    student; target_rank, the rank of the target token in the base's distribution (1: no shift); kl_base and
    kl_superficial, KL(P_aligned || P_base) and KL(P_aligned || P_student) in nats.
    """
    columns: dict[str, list[Tensor]] = {}
    for chunk in row_slices(len(trace), positions_at_once(pair.vocabulary_size)):
        base_hidden = trace.base_hidden[chunk]
        aligned, base = pair.aligned.logits(trace.aligned_hidden[chunk]), pair.base.logits(base_hidden)
        student = student_logits(base_hidden, base)
        target = aligned.argmax(-1)
        measured = {
            "source": base.argmax(-1),
            "target": target,
            "student": student.argmax(-1),
            "target_rank": token_ranks(base, target),
            "kl_base": kl_divergence(aligned, base),
            "kl_superficial": kl_divergence(aligned, student),
        }
        for name, values in measured.items():
            columns.setdefault(name, []).append(values.cpu())
    return {
        "prompt": trace.prompt,
        "position": trace.position,
        **{name: torch.cat(values) for name, values in columns.items()},
    }


def token_ranks(logits: Float[Tensor, "position vocab"], tokens: Tensor) -> Tensor:
    """Return the rank of one token per position in a distribution; 1 is the most likely token."""
    return 1 + (logits > logits.gather(1, tokens[:, None])).sum(-1)


def positions_table(
    pair: Pair,
    student_logits: StudentLogits,
    trace: Trace,
    token_text: Callable[[int], str],
    question_ids: pd.Series,
) -> pd.DataFrame:
    """Return `measure_positions` as a table with tokens as texts and the question of each prompt.

    Args:
        pair: the output heads of both models.
        student_logits: the student's logits from the base's hidden states and logits.
        trace: the positions.
        token_text: the text of a token id.
        question_ids: question ids by the number of their prompt in the trace.
    """
    # Imported here, since extracting a head needs no tables.
    import pandas as pd

    columns = measure_positions(pair, student_logits, trace)
    table = pd.DataFrame({name: values.numpy() for name, values in columns.items()})
    for name in ("source", "target", "student"):
        table[name] = table[name].map(token_text)
    table.insert(0, "question_id", table["prompt"].map(question_ids))
    # A millionth of a nat is far below what any interval resolves, and rounded values compress to a third.
    kl = ["kl_base", "kl_superficial"]
    table[kl] = table[kl].round(6)
    return table
