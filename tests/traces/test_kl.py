"""The KL divergence against torch's own."""

import torch

from superficial.traces.kl import kl_divergence


def test_kl_equals_torchs_own_and_ignores_a_constant():
    teacher, student = torch.randn(2, 9, 30, dtype=torch.float64)
    expected = torch.nn.functional.kl_div(
        student.log_softmax(-1), teacher.log_softmax(-1), log_target=True, reduction="none"
    )
    torch.testing.assert_close(kl_divergence(teacher, student + 7), expected.sum(-1))
