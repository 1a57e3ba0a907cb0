"""Two heads compared: equal ones, heads that read different directions, and heads that cannot be compared."""

import pytest
import torch

from superficial.heads.black_box import BlackBoxHead
from superficial.heads.comparison import compare_heads
from superficial.heads.files import Inspection, MeanKl, TokenChange
from superficial.heads.residual import ResidualHead


def inspection_of(rises: list[int], falls: list[int]) -> Inspection:
    return Inspection(
        **{"kind": "residual", "alpha": 1.0, "shape": [40, 12], "prompts": 1, "positions": 1, "kl_by_position": []},
        kl=MeanKl(base=1.0, superficial=0.5),
        rises=[TokenChange(token=str(i), id=i, mean_change=1.0) for i in rises],
        falls=[TokenChange(token=str(i), id=i, mean_change=-1.0) for i in falls],
        energy_by_rank=[],
    )


def test_comparing_heads():
    torch.manual_seed(0)
    head = ResidualHead(torch.randn(40, 12))
    opposite = compare_heads(head, head.with_strength(-2.0))
    assert opposite.cosine == pytest.approx(-1)
    assert opposite.norms[1] == pytest.approx(2 * opposite.norms[0])
    assert opposite.overlap_by_rank == pytest.approx({1: 1, 2: 1, 4: 1, 8: 1, 12: 1})
    assert opposite.rises_shared is None and not opposite.same_base
    axes = torch.eye(12)
    apart = compare_heads(ResidualHead(torch.randn(40, 3) @ axes[:3]), ResidualHead(torch.randn(40, 3) @ axes[3:6]))
    assert list(apart.overlap_by_rank.values()) == pytest.approx([0] * 3, abs=1e-9)
    with_nothing = compare_heads(head, head.with_strength(0))
    assert with_nothing.cosine is None and with_nothing.overlap_by_rank == {}


def test_a_comparison_is_that_of_matrices_whose_singular_vectors_are_known():
    left, right = torch.zeros(5, 4), torch.zeros(5, 4)
    left[[0, 1, 2], [0, 1, 2]] = torch.tensor([3.0, 2.0, 1.0])
    right[[0, 1], [0, 3]] = torch.tensor([3.0, 2.0])
    for heads in ((left, right), (right, left)):
        comparison = compare_heads(*map(ResidualHead, heads))
        assert comparison.overlap_by_rank == pytest.approx({1: 1, 2: 1 / 2})
        assert comparison.cosine == pytest.approx(9 / (14 * 13) ** 0.5)


def test_shared_tokens_are_counted_in_both_inspections():
    delta, card = torch.randn(40, 12), {"base": {"name": "tiny", "weights": "0a"}}
    left = ResidualHead(delta, card=card, inspection=inspection_of([1, 2, 3, 4], [5, 6]))
    right = ResidualHead(delta, card=card, inspection=inspection_of([4, 3, 9, 8], [7, 8]))
    comparison = compare_heads(left, right)
    assert (comparison.rises_shared, comparison.falls_shared, comparison.same_base) == (0.5, 0.0, True)
    not_inspected = ResidualHead(delta, card=card)
    for heads in ((left, not_inspected), (not_inspected, left)):
        assert compare_heads(*heads).rises_shared is None


def test_heads_of_different_kinds_cannot_be_compared():
    with pytest.raises(ValueError, match=r"a residual head of \(40, 12\) and a black-box head of \(40, 40\)"):
        compare_heads(ResidualHead(torch.zeros(40, 12)), BlackBoxHead.dense(torch.zeros(40, 40), 3))
    wide, narrow = ResidualHead(torch.zeros(40, 12)), ResidualHead(torch.zeros(40, 11))
    square, black_box = ResidualHead(torch.zeros(9, 9)), BlackBoxHead.dense(torch.zeros(9, 9), 3)
    for heads in ((wide, narrow), (narrow, wide), (square, black_box), (black_box, square)):
        with pytest.raises(ValueError, match="Only heads of one kind and size can be compared"):
            compare_heads(*heads)
