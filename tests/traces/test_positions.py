"""What is measured at each position against a slow loop."""

import pandas as pd
import pytest
import torch

from superficial.traces.positions import measure_positions, positions_table
from tests.support.rounding import assert_largest, assert_rank
from tests.support.tiny_models import head_only_pair


@pytest.fixture(scope="module")
def measured():
    pair, trace, _ = head_only_pair()
    torch.manual_seed(4)
    student = pair.base.with_residual(0.1 * torch.randn_like(pair.base.weight))
    return pair, trace, student, lambda hidden, logits: student.logits(hidden)


def test_measured_positions_agree_with_a_slow_reference(measured):
    pair, trace, student_head, student_logits = measured
    columns = measure_positions(pair, student_logits, trace)
    for i in range(0, len(trace), 11):
        teacher = pair.aligned.weight @ trace.aligned_hidden[i]
        base = pair.base.weight @ trace.base_hidden[i]
        student = student_head.weight @ trace.base_hidden[i]
        for name, logits in (("source", base), ("target", teacher), ("student", student)):
            assert_largest(logits, int(columns[name][i]))
        assert_rank(base, int(columns["target"][i]), int(columns["target_rank"][i]))
        p = teacher.softmax(0)
        for name, logits in (("kl_base", base), ("kl_superficial", student)):
            expected = (p * (p.log() - logits.log_softmax(0))).sum().item()
            assert columns[name][i].item() == pytest.approx(expected, rel=1e-3, abs=1e-5)


def test_the_table_has_texts_questions_and_rounded_kl(measured):
    pair, trace, _, student_logits = measured
    ids = pd.Series([f"question {i}" for i in range(200)])
    table = positions_table(pair, student_logits, trace, lambda token: f"<{token}>", ids)
    columns = measure_positions(pair, student_logits, trace)
    assert list(table)[:3] == ["question_id", "prompt", "position"]
    assert (table["question_id"] == "question " + table["prompt"].astype(str)).all()
    for name in ("source", "target", "student"):
        assert table[name].tolist() == [f"<{token}>" for token in columns[name].tolist()]
    for name in ("kl_base", "kl_superficial"):
        assert table[name].tolist() == columns[name].numpy().round(6).tolist()
