"""Black-box knowledge: masks, their convention, learning a planted map, transfer to another model, and subspaces."""

import pytest
import torch
from safetensors.torch import save_file
from scipy.stats import entropy

from superficial.distillation.black_box import add_knowledge, distil_logit_head, quality_of_use, top_k
from superficial.distillation.residual import DistillationSettings
from superficial.heads.head import LogitHead, load_head
from superficial.heads.transfer_space import transfer_space_similarity
from superficial.traces.output_head import OutputHead
from superficial.traces.trace import Trace

VOCABULARY = 24


def test_top_k_keeps_the_k_largest_and_ignores_a_constant():
    logits = torch.randn(50, VOCABULARY)
    masked = top_k(logits, 5)
    for row, kept in zip(logits, masked, strict=True):
        assert set(kept.nonzero().flatten().tolist()) == set(row.argsort(descending=True)[:5].tolist())
    torch.testing.assert_close(top_k(logits + 17, 5), masked, atol=1e-4, rtol=1e-4)
    # The slow form: each kept logit above the largest that is not kept; of all, above the smallest.
    for k, last in ((5, 5), (VOCABULARY, VOCABULARY - 1)):
        order = logits[0].argsort(descending=True)
        expected = torch.zeros(VOCABULARY)
        for token in order[:k]:
            expected[token] = logits[0, token] - logits[0, order[last]]
        torch.testing.assert_close(top_k(logits[:1], k)[0], expected)


@pytest.mark.parametrize("k", [0, VOCABULARY + 1])
def test_a_k_outside_the_vocabulary_is_refused(k):
    with pytest.raises(ValueError, match=f"k is {k}; it must be between 1 and the 24 tokens"):
        top_k(torch.zeros(1, VOCABULARY), k)


def planted(seed: int, rows: int, weight: torch.Tensor, k: int) -> Trace:
    """A trace whose aligned logits are the base's plus a known map of their k largest: hidden states are logits."""
    base = 3 * torch.randn(rows, VOCABULARY, generator=torch.Generator().manual_seed(seed))
    index = torch.arange(rows)
    return Trace(index, torch.zeros_like(index), torch.zeros_like(index), base, add_knowledge(base, weight, k))


def test_a_planted_map_is_learned():
    weight = 0.3 * torch.randn(VOCABULARY, VOCABULARY, generator=torch.Generator().manual_seed(1))
    train, validation = planted(2, 4000, weight, 6), planted(3, 400, weight, 6)
    settings = DistillationSettings("adam-cosine", 0.02, 1e-8, 30, 200, None, None, None, 0)
    identity = OutputHead(torch.eye(VOCABULARY))
    right = distil_logit_head(identity, identity, train, validation, 6, settings)
    wrong = distil_logit_head(identity, identity, train, validation, 1, settings)
    assert min(right.validation_kl) < 0.02 * right.validation_kl[0]
    assert min(wrong.validation_kl) > 10 * min(right.validation_kl)


def test_the_processor_adds_what_the_formula_says():
    weight, scores = torch.randn(VOCABULARY, VOCABULARY), torch.randn(3, VOCABULARY)

    class Model:
        device = "cpu"

        class config:
            vocab_size = VOCABULARY

    (processor,) = LogitHead(weight, 4).attach(Model())
    expected = (scores + top_k(scores, 4) @ weight.T).log_softmax(-1)
    torch.testing.assert_close(processor(torch.zeros(3, 1), scores), expected)
    Model.config.vocab_size = 7
    with pytest.raises(ValueError, match="of 24 tokens, the model has 7"):
        LogitHead(weight, 4).attach(Model())


def test_similarity_is_1_for_equal_spans_0_for_orthogonal_ones_and_between_for_shared_parts():
    axes = torch.eye(12)
    assert transfer_space_similarity(axes[:4], axes[:4].flip(0) * 3) == pytest.approx((1, 1), abs=1e-5)
    assert transfer_space_similarity(axes[:4], axes[4:8]) == pytest.approx((0, 0), abs=1e-6)
    printed, overlap = transfer_space_similarity(axes[:4], axes[2:6])
    assert overlap == pytest.approx(0.5, abs=1e-5)
    assert printed == pytest.approx(0.5**0.5, abs=1e-5)


def test_the_quality_of_a_use_is_that_of_a_plain_loop():
    weight, k = torch.randn(VOCABULARY, VOCABULARY) / 5, 7
    index = torch.arange(9)
    trace = Trace(index, index, index, torch.randn(9, 4), torch.randn(9, 6))
    base_weight, aligned_weight = torch.randn(VOCABULARY, 4), torch.randn(VOCABULARY, 6)
    found = quality_of_use(OutputHead(base_weight), OutputHead(aligned_weight), trace, weight, k)
    kl, right = 0.0, 0
    for base_hidden, aligned_hidden in zip(trace.base_hidden, trace.aligned_hidden, strict=True):
        logits, teacher = base_weight @ base_hidden, aligned_weight @ aligned_hidden
        changed = logits + weight @ top_k(logits[None], k)[0]
        kl += entropy(teacher.softmax(0).numpy(), changed.softmax(0).numpy()) / 9
        right += int(changed.argmax()) == int(teacher.argmax())
    assert found.kl == pytest.approx(kl, rel=1e-4)
    assert found.accuracy == right / 9


def test_a_response_is_repeated_where_no_token_is_another():
    one_each, index = torch.eye(VOCABULARY), torch.arange(9)
    prompts = torch.tensor([0, 0, 0, 1, 1, 2, 3, 3, 4])
    said = torch.tensor([3, 1, 2, 5, 5, 7, 0, 4, 9])
    other = said.clone()
    other[[1, 6]] = 11
    trace = Trace(prompts, index, index, one_each[other], one_each[said])
    heads = OutputHead(one_each), OutputHead(one_each)
    found = quality_of_use(*heads, trace, torch.zeros(VOCABULARY, VOCABULARY), VOCABULARY)
    assert found.accuracy == 7 / 9
    assert found.repeated == pytest.approx(3 / 5)


def test_a_saved_black_box_head_has_its_k_and_strength(tmp_path):
    weight = torch.randn(VOCABULARY, VOCABULARY)
    save_file({"k3": weight}, tmp_path / "head.safetensors")
    (tmp_path / "card.json").write_text('{"k": 3, "alpha": 0.5}')
    logits = torch.randn(2, VOCABULARY)
    expected = logits + 0.5 * top_k(logits, 3) @ weight.T
    torch.testing.assert_close(load_head(tmp_path).student(None, logits), expected)
