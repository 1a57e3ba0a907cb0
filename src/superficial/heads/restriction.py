"""The rows and columns of W_trans that a black-box head has: over a real vocabulary, all of them are too many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Restriction:
    """Which tokens W_trans changes (its rows) and which it reads (its columns); all other entries of it are 0.

    Attributes:
        rows: token ids, ascending.
        columns: token ids, ascending.
        vocabulary_size: the number of tokens.
    """

    rows: Int[Tensor, " row"]
    columns: Int[Tensor, " column"]
    vocabulary_size: int

    @classmethod
    def none(cls, vocabulary_size: int) -> Restriction:
        """Return the rows and columns of a dense W_trans: all tokens."""
        tokens = torch.arange(vocabulary_size)
        return cls(tokens, tokens, vocabulary_size)

    @classmethod
    def of_masks(cls, rows: Bool[Tensor, " vocab"], columns: Bool[Tensor, " vocab"]) -> Restriction:
        """Return the restriction to the tokens at which two masks are true."""
        return cls(rows.nonzero().squeeze(1), columns.nonzero().squeeze(1), len(rows))

    def masks(self) -> dict[str, Bool[Tensor, " vocab"]]:
        """Return both sets of tokens as masks over the vocabulary, which also record its size."""
        masks = {}
        for name, tokens in (("rows", self.rows), ("columns", self.columns)):
            masks[name] = torch.zeros(self.vocabulary_size, dtype=torch.bool)
            masks[name][tokens.cpu()] = True
        return masks

    def to(self, device: torch.device | str) -> Restriction:
        """Return the restriction with its tokens on another device."""
        return Restriction(self.rows.to(device), self.columns.to(device), self.vocabulary_size)

    def select_columns(self, masked: Float[Tensor, "position vocab"]) -> Float[Tensor, "position column"]:
        """Return topk(l_b) at the tokens that W_trans reads."""
        return masked.index_select(-1, self.columns)

    def select_rows(self, values: Float[Tensor, "position vocab"]) -> Float[Tensor, "position row"]:
        """Return what belongs to the tokens that W_trans changes."""
        return values.index_select(-1, self.rows)

    def add_to_rows(
        self, logits: Float[Tensor, "position vocab"], change: Float[Tensor, "position row"]
    ) -> Float[Tensor, "position vocab"]:
        """Return logits with a change at the tokens of the rows."""
        if len(self.rows) == self.vocabulary_size:
            return logits + change
        # Reading a 0 for every other token is deterministic and fast on a GPU, writing to scattered tokens is not.
        return logits + torch.nn.functional.pad(change, (0, 1)).index_select(-1, self._row_of_token)

    def embed(self, matrix: Float[Tensor, "row column"], larger: Restriction) -> Float[Tensor, "row column"]:
        """Return a matrix of these rows and columns with the rows and columns of a larger restriction."""
        embedded = matrix.new_zeros(len(larger.rows), len(larger.columns))
        rows, columns = (
            torch.isin(of_larger.to(matrix.device), own.to(matrix.device)).nonzero().squeeze(1)
            for of_larger, own in ((larger.rows, self.rows), (larger.columns, self.columns))
        )
        embedded[rows[:, None], columns] = matrix
        return embedded

    @cached_property
    def _row_of_token(self) -> Int[Tensor, " vocab"]:
        """The row of each token; for a token without one, the number of rows."""
        row = torch.full((self.vocabulary_size,), len(self.rows), device=self.rows.device)
        row[self.rows] = torch.arange(len(self.rows), device=self.rows.device)
        return row
