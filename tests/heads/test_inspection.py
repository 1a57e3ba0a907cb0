"""What a head changes, against the definitions on whole matrices."""

import pytest
import torch
from torch.nn.functional import kl_div

from superficial.heads.inspection import inspect_head
from superficial.heads.residual import ResidualHead
from superficial.traces.output_head import OutputHead, Pair
from superficial.traces.trace import Trace

VOCABULARY = 25
PROMPTS, POSITIONS = [0, 0, 0, 0, 1, 1, 1, 2, 2], [0, 1, 2, 3, 0, 1, 2, 0, 1]


def test_an_inspection_is_that_of_whole_matrices(monkeypatch):
    monkeypatch.setattr("superficial.heads.inspection._CHUNK", 4)
    torch.manual_seed(0)
    base, aligned, delta = torch.randn(VOCABULARY, 4), torch.randn(VOCABULARY, 5), torch.randn(VOCABULARY, 4)
    hidden, aligned_hidden = torch.randn(9, 4), torch.randn(9, 5)
    trace = Trace(torch.tensor(PROMPTS), torch.tensor(POSITIONS), torch.arange(9), hidden, aligned_hidden)
    found = inspect_head(
        ResidualHead(delta, 0.5), Pair(OutputHead(base), OutputHead(aligned)), trace, lambda token: f"<{token}>"
    )
    assert (found.kind, found.alpha, found.shape) == ("residual", 0.5, [VOCABULARY, 4])
    assert (found.prompts, found.positions) == (3, 9)

    teacher = (aligned_hidden @ aligned.T).log_softmax(-1)
    before, after = (
        kl_div((hidden @ weight.T).log_softmax(-1), teacher, reduction="none", log_target=True).sum(-1)
        for weight in (base, base + 0.5 * delta)
    )
    assert (found.kl.base, found.kl.superficial) == pytest.approx((before.mean().item(), after.mean().item()), rel=1e-4)
    assert [one.position for one in found.kl_by_position] == [0, 1, 2, 3]
    assert [one.prompts for one in found.kl_by_position] == [3, 3, 2, 1]
    for one in found.kl_by_position:
        here = torch.tensor(POSITIONS) == one.position
        expected = before[here].mean().item(), after[here].mean().item()
        assert (one.kl_base, one.kl_superficial) == pytest.approx(expected, rel=1e-4)

    change = 0.5 * delta @ hidden.mean(0)
    change -= change.mean()
    order = change.argsort(descending=True).tolist()
    for tokens, ids in ((found.rises, order[:20]), (found.falls, order[:-21:-1])):
        assert [one.id for one in tokens] == ids
        assert [one.token for one in tokens] == [f"<{token}>" for token in ids]
        assert [one.mean_change for one in tokens] == pytest.approx(change[ids].tolist(), abs=1e-5)
    squares = torch.linalg.svdvals(delta).square()
    shares = {one.rank: one.share for one in found.energy_by_rank}
    assert shares == pytest.approx({rank: (squares[:rank].sum() / squares.sum()).item() for rank in (1, 2, 4)})


@pytest.mark.parametrize(("of_base", "of_head"), [(3e38, 3e38), (1.0, 3e38)])
def test_logits_beyond_float32_are_refused(of_base, of_head):
    """Those of the base, or only those with the head."""
    numbers = torch.arange(2)
    trace = Trace(numbers, numbers, numbers, 2 * torch.ones(2, 3), torch.ones(2, 3))
    head = ResidualHead(of_head * torch.eye(3))
    pair = Pair(OutputHead(of_base * torch.eye(3)), OutputHead(torch.eye(3)))
    with pytest.raises(ValueError, match="The KL of this head is not finite at every position"):
        inspect_head(head, pair, trace, str)
