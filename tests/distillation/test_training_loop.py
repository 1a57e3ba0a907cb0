"""The epochs all optimizers share, on an objective whose best epoch is known."""

import torch

from superficial.distillation.training_loop import batches_per_epoch, minimise


class Parabola:
    """Its "KL" is (x - 3)^2; the gradient counts which positions were used."""

    def __init__(self, positions: int) -> None:
        self.positions = positions
        self.used: list[int] = []

    def __len__(self) -> int:
        return self.positions

    def gradient(self, positions, matrix):
        self.used += positions.tolist()
        return 2 * (matrix - 3)

    def mean_kl(self, matrix) -> float:
        return float((matrix - 3).square())


def test_every_epoch_uses_every_position_and_the_best_epoch_is_kept():
    train, finished = Parabola(10), []
    # One unit a step: after two epochs of three steps it has passed the minimum.
    trained = minimise(
        train,
        Parabola(1),
        torch.zeros(1, 1),
        lambda gradient, matrix: matrix + 1,
        epochs=2,
        batch_size=4,
        seed=0,
        advance=finished.append,
    )
    assert [sorted(train.used[:10]), sorted(train.used[10:])] == [list(range(10))] * 2
    assert train.used[:10] != train.used[10:]
    assert trained.validation_kl == [9, 0, 9]
    assert trained.matrix.item() == 3
    assert finished == [1, 1]


def test_the_last_epoch_is_kept_where_that_is_asked_for():
    sizes = {"epochs": 2, "batch_size": 4, "seed": 0, "advance": lambda _: None}
    trained = minimise(Parabola(10), Parabola(1), torch.zeros(1, 1), lambda _, matrix: matrix + 1, **sizes, keep="last")
    assert (trained.matrix.item(), trained.kept_kl, trained.validation_kl) == (6, 9, [9, 0, 9])
    assert minimise(Parabola(10), Parabola(1), torch.zeros(1, 1), lambda _, matrix: matrix + 1, **sizes).kept_kl == 0


def test_the_last_batch_of_an_epoch_may_be_smaller():
    assert [batches_per_epoch(positions, 4) for positions in (1, 4, 5, 8)] == [1, 1, 2, 2]
