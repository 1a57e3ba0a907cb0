"""The similarity of two spaces where it is known."""

import pytest
import torch

from superficial.heads.transfer_space import transfer_space_similarity


def test_similarity_is_1_for_equal_spans_0_for_orthogonal_ones_and_between_for_shared_parts():
    axes = torch.eye(12)
    assert transfer_space_similarity(axes[:4], axes[:4].flip(0) * 3) == pytest.approx((1, 1), abs=1e-5)
    assert transfer_space_similarity(axes[:4], axes[4:8]) == pytest.approx((0, 0), abs=1e-6)
    as_printed, overlap = transfer_space_similarity(axes[:4], axes[2:6])
    assert overlap == pytest.approx(0.5, abs=1e-5)
    assert as_printed == pytest.approx(0.5**0.5, abs=1e-5)


def test_size_does_not_matter_and_directions_that_are_rounding_do_not_count():
    axes = torch.eye(12)
    for scale in (1e-4, 1e4):
        assert transfer_space_similarity(scale * axes[:4], axes[:4]) == pytest.approx((1, 1), abs=1e-5)
        for real in (axes[:4], axes[:1]):
            with_rounding = scale * torch.cat([real, 1e-6 * axes[8:9]])
            assert transfer_space_similarity(with_rounding, axes[8:]) == pytest.approx((0, 0), abs=1e-6)
        with_more = scale * torch.cat([axes[:4], 1e-4 * axes[8:9]])
        for pair in ((with_more, axes[8:9]), (axes[8:9], with_more)):
            assert transfer_space_similarity(*pair)[1] == pytest.approx(1, abs=1e-4)
