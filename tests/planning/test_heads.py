"""What the sweep over k needs."""

from superficial.planning.heads import plan_distil, plan_sweep, w_trans_bytes
from tests.planning.profiles import PAPER

MATRIX_BYTES = 4 * 16384**2


def test_the_sweep_holds_every_w_trans_in_memory_and_one_on_the_card():
    sweep = plan_sweep(PAPER)
    assert sweep.host_bytes > 5 * MATRIX_BYTES
    assert MATRIX_BYTES < sweep.card_bytes < 48e9


def test_a_black_box_head_is_saved_once_for_each_k_and_its_transfer_once():
    heads = {
        kind: next(name for name, h in PAPER.heads.items() if h.kind == kind) for kind in ("black-box", "transferred")
    }
    assert plan_distil(PAPER, heads["black-box"]).disk_bytes == len(PAPER.black_box_distillation.k) * MATRIX_BYTES
    assert plan_distil(PAPER, heads["transferred"]).disk_bytes == MATRIX_BYTES


def test_no_w_trans_of_the_paper_is_larger_than_the_limit_whatever_the_vocabulary():
    for vocabulary in (32000, 151936):
        assert w_trans_bytes(PAPER, vocabulary) == MATRIX_BYTES
    assert w_trans_bytes(PAPER, 1000) == 4e6
