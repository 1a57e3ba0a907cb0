"""Rows and columns of W_trans: the head that has only some of them is the dense one with zeros elsewhere."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from superficial.heads.black_box import BlackBoxHead
from superficial.heads.comparison import compare_heads
from superficial.heads.inspection import inspect_head
from superficial.heads.loading import load_every_k, load_head
from superficial.heads.restriction import Restriction
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

VOCABULARY = 20


def random_head(seed: int, k: int = 4) -> tuple[BlackBoxHead, BlackBoxHead]:
    """A head with some rows and columns, and the same head with all of them."""
    generator = torch.Generator().manual_seed(seed)
    rows, columns = (torch.randperm(VOCABULARY, generator=generator)[:size].sort().values for size in (7, 9))
    weight = torch.randn(7, 9, generator=generator)
    dense = torch.zeros(VOCABULARY, VOCABULARY)
    dense[rows[:, None], columns] = weight
    return BlackBoxHead(weight, k, Restriction(rows, columns, VOCABULARY), 0.5), BlackBoxHead.dense(dense, k, 0.5)


def test_it_changes_logits_as_the_dense_head_does_and_needs_less_memory():
    head, dense = random_head(0)
    logits = torch.randn(6, VOCABULARY)
    logits[2, 3] = -torch.inf
    for some in (logits, torch.stack([logits, logits.flip(0)])):
        torch.testing.assert_close(head.student_logits(None, some), dense.student_logits(None, some))
    processed = head.logits_processor()(torch.zeros(6, 1), logits)
    torch.testing.assert_close(processed, dense.logits_processor()(torch.zeros(6, 1), logits))
    assert (head.extra_bytes, dense.extra_bytes) == (4 * 7 * 9, 4 * VOCABULARY**2)
    with pytest.raises(ValueError, match="has 20 tokens, the model has 7"):
        head.logits_processor()(torch.zeros(3, 1), torch.zeros(3, 7))


def test_it_selects_what_belongs_to_its_rows_and_columns_at_each_position():
    head, _ = random_head(0)
    values = torch.randn(2, 3, VOCABULARY)
    assert torch.equal(head.restriction.select_rows(values), values[..., head.restriction.rows])
    assert torch.equal(head.restriction.select_columns(values), values[..., head.restriction.columns])


def test_it_comes_back_from_its_file(tmp_path):
    head, _ = random_head(0)
    head.save(tmp_path / "head")
    loaded = load_head(tmp_path / "head")
    assert isinstance(loaded, BlackBoxHead) and (loaded.k, loaded.alpha) == (4, 0.5)
    logits = torch.randn(6, VOCABULARY)
    assert torch.equal(loaded.student_logits(None, logits), head.student_logits(None, logits))
    other, _ = random_head(1, 2)
    save_file(head.tensors() | other.tensors(), tmp_path / "head" / "head.safetensors")
    for read, written in zip(load_every_k(tmp_path / "head"), (other, head), strict=True):
        assert read.k == written.k and torch.equal(read.weight, written.weight)
        assert torch.equal(read.restriction.columns, written.restriction.columns)


DAMAGE = {
    "another number of rows": {"k4.rows": torch.ones(VOCABULARY, dtype=torch.bool)},
    "a smaller number of rows": {"k4.rows": torch.arange(VOCABULARY) < 3},
    "masks of two vocabularies": {"k4.rows": torch.ones(7, dtype=torch.bool)},
    "a mask of a smaller vocabulary": {"k4.columns": torch.ones(9, dtype=torch.bool)},
    "numbers in place of a mask": {"k4.rows": (torch.arange(VOCABULARY) < 7).float()},
    "a mask of two dimensions": {"k4.rows": torch.arange(VOCABULARY)[:, None] < 7},
    "a mask without dimensions": {"k4.rows": torch.tensor(True)},
    "not a mask": {"k4.rows": torch.ones(VOCABULARY)},
    "one mask": {"k4.rows": None},
    "a mask without its matrix": {"k9.rows": torch.ones(VOCABULARY, dtype=torch.bool)},
    "k beyond the vocabulary": {"k4": None, "k4.rows": None, "k4.columns": None, "k40": torch.ones(7, 7)},
    "another name": {"k4.tokens": torch.ones(VOCABULARY, dtype=torch.bool)},
}


@pytest.mark.parametrize("changes", DAMAGE.values(), ids=DAMAGE)
def test_a_file_whose_masks_do_not_fit_is_not_a_head(tmp_path, changes):
    head, _ = random_head(0)
    head.save(tmp_path / "head")
    path = tmp_path / "head" / "head.safetensors"
    tensors = load_file(path) | changes
    save_file({name: tensor for name, tensor in tensors.items() if tensor is not None}, path)
    with pytest.raises(ValueError, match=r"head\.safetensors is not a head: "):
        load_head(tmp_path / "head")


def test_the_file_of_a_head_names_its_tokens_by_masks(tmp_path):
    head, dense = random_head(0)
    head.save(tmp_path / "head")
    tensors = load_file(tmp_path / "head" / "head.safetensors")
    rebuilt = torch.zeros(VOCABULARY, VOCABULARY)
    rebuilt[tensors["k4.rows"].nonzero(), tensors["k4.columns"].nonzero().T] = tensors["k4"]
    assert torch.equal(rebuilt, dense.weight)
    assert json.loads((tmp_path / "head" / "card.json").read_text())["kind"] == "black-box"


def test_two_heads_of_different_tokens_are_compared_as_dense_ones():
    (left, dense_left), (right, dense_right) = random_head(0), random_head(1)
    restricted, dense = compare_heads(left, right), compare_heads(dense_left, dense_right)
    assert restricted.norms == pytest.approx(dense.norms) and restricted.cosine == pytest.approx(dense.cosine)
    assert restricted.overlap_by_rank == pytest.approx(dense.overlap_by_rank, abs=1e-6)
    assert compare_heads(left, dense_left).cosine == pytest.approx(1)
    other = BlackBoxHead.dense(torch.zeros(5, 5), 4)
    with pytest.raises(ValueError, match=r"of \(20, 20\) and a black-box head of \(5, 5\)"):
        compare_heads(left, other)


def test_an_inspection_sees_what_it_sees_of_the_dense_head():
    torch.manual_seed(0)
    pair = Pair(OutputHead(torch.randn(VOCABULARY, 6)), OutputHead(torch.randn(VOCABULARY, 6)))
    numbers = torch.arange(12)
    trace = Trace(numbers // 4, numbers % 4, numbers, torch.randn(12, 6), torch.randn(12, 6))
    restricted, dense = (inspect_head(head, pair, trace, str) for head in random_head(0))
    assert restricted.shape == [7, 9] and dense.shape == [VOCABULARY, VOCABULARY]
    assert restricted.kl.superficial == pytest.approx(dense.kl.superficial)
    assert [change.id for change in restricted.rises] == [change.id for change in dense.rises]
    assert [energy.share for energy in restricted.energy_by_rank] == pytest.approx(
        [energy.share for energy in dense.energy_by_rank]
    )
