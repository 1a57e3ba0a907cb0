"""Rows of several matrices are selected as those of their concatenation."""

import pytest
import torch

from superficial.traces.sharded_rows import ShardedRows, row_chunks, row_slices


@pytest.mark.parametrize(
    "index",
    [
        slice(None),
        slice(25, 100),
        torch.tensor([149, 0, 30, 29, 30]),
        torch.arange(150) % 7 == 0,
        torch.tensor([], dtype=torch.int64),
    ],
    ids=str,
)
def test_rows_are_selected_as_those_of_one_matrix(index):
    torch.manual_seed(0)
    parts = [torch.randn(30, 8) for _ in range(5)]
    whole, rows = torch.cat(parts), ShardedRows(parts)
    assert rows.shape == whole.shape
    assert torch.equal(rows[index], whole[index])
    assert torch.equal(torch.cat(list(row_chunks(rows, 64))), whole)
    assert torch.equal(ShardedRows([whole])[index], whole[index])


def test_slices_cover_all_rows_once():
    assert [list(range(10))[part] for part in row_slices(10, 4)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
