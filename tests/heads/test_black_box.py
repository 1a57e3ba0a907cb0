"""Black-box heads: the mask and its convention, and generation as by a model whose logits are changed."""

import copy

import pytest
import torch

from superficial.heads.black_box import BlackBoxHead, top_k
from superficial.heads.loading import load_head
from superficial.heads.restriction import Restriction
from superficial.models.identity import identify
from tests.heads.random_heads import twelve_tokens
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import tiny_model

VOCABULARY = 24


def test_top_k_keeps_the_k_largest_and_ignores_a_constant():
    logits = torch.randn(50, VOCABULARY)
    masked = top_k(logits, 5)
    for row, masked_row in zip(logits, masked, strict=True):
        assert set(masked_row.nonzero().flatten().tolist()) == set(row.argsort(descending=True)[:5].tolist())
    torch.testing.assert_close(top_k(logits + 17, 5), masked, atol=1e-4, rtol=1e-4)
    # The slow form: each kept logit above the largest one that is masked; if none is, above the smallest.
    for k, last in ((1, 1), (5, 5), (VOCABULARY, VOCABULARY - 1)):
        order = logits[0].argsort(descending=True)
        expected = torch.zeros(VOCABULARY)
        for token in order[:k]:
            expected[token] = logits[0, token] - logits[0, order[last]]
        torch.testing.assert_close(top_k(logits[:1], k)[0], expected)


@pytest.mark.parametrize("k", [0, VOCABULARY + 1])
def test_a_k_outside_the_vocabulary_is_refused(k):
    with pytest.raises(ValueError, match=f"k is {k}; it must be between 1 and the 24 tokens"):
        top_k(torch.zeros(1, VOCABULARY), k)


def test_the_logits_of_several_responses_are_changed_as_those_of_each(head):
    logits = torch.randn(3, 5, 64)
    expected = torch.stack([head.student_logits(None, one) for one in logits])
    assert_rows_close(head.student_logits(None, logits), expected)


def test_a_head_may_use_all_of_300_tokens(tmp_path):
    # Python has one object for each of the integers up to 256.
    BlackBoxHead.dense(torch.eye(300), 300).save(tmp_path / "head")
    head, logits = load_head(tmp_path / "head"), torch.randn(1, 300)
    expected = (2 * logits - logits.min()).log_softmax(-1)
    assert_rows_close(head.logits_processor()(torch.zeros(1, 1), logits), expected)


def test_the_processor_adds_what_the_formula_says_and_refuses_another_vocabulary():
    weight, scores = torch.randn(VOCABULARY, VOCABULARY), torch.randn(3, VOCABULARY)
    head = BlackBoxHead.dense(weight, 4, alpha=0.5)
    assert head.extra_bytes == 4 * VOCABULARY**2
    expected = (scores + 0.5 * top_k(scores, 4) @ weight.T).log_softmax(-1)
    assert_rows_close(head.logits_processor()(torch.zeros(3, 1), scores), expected)
    with pytest.raises(ValueError, match="has 24 tokens, the model has 7"):
        head.logits_processor()(torch.zeros(3, 1), torch.zeros(3, 7))
    with pytest.raises(ValueError, match="has 24 tokens, the model has 64"), head.applied_to(tiny_model("llama", 0)):
        pass


class Changed(torch.nn.Module):
    """The definition of a black-box head: an output head that gives changed logits in every forward pass."""

    def __init__(self, output_head, head: BlackBoxHead) -> None:
        super().__init__()
        self.output_head, self.head = output_head, head
        self.weight = output_head.weight

    def forward(self, hidden):
        logits = self.output_head(hidden)
        return logits + self.head.alpha * top_k(logits, self.head.k) @ self.head.weight.T


@pytest.fixture
def head():
    generator = torch.Generator().manual_seed(5)
    return BlackBoxHead.dense(0.2 * torch.randn(64, 64, generator=generator), 9, alpha=0.6)


GENERATION = {
    "greedy": {},
    "beams": {"num_beams": 4},
    "beams that end": {"num_beams": 3, "length_penalty": 2.0, "early_stopping": True, "eos_token_id": 43},
    "sampling": {"do_sample": True, "temperature": 0.7, "top_p": 0.9, "top_k": 20},
}


@pytest.mark.parametrize("settings", GENERATION.values(), ids=GENERATION)
@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_it_generates_as_a_model_with_changed_logits(tokenizer, prompts, head, architecture, settings):
    base = tiny_model(architecture, 2)
    changed = copy.deepcopy(base)
    changed.set_output_embeddings(Changed(changed.get_output_embeddings(), head))
    torch.manual_seed(11)
    expected = twelve_tokens(changed, tokenizer, prompts, **settings)
    torch.manual_seed(11)
    with head.applied_to(base) as processors:
        tokens = twelve_tokens(base, tokenizer, prompts, logits_processor=processors, **settings)
    assert tokens == expected
    torch.manual_seed(11)
    assert twelve_tokens(base, tokenizer, prompts, **settings) != expected


def test_it_is_the_same_alone_and_in_a_batch_of_32(tokenizer, prompts, head):
    base, processors = tiny_model("llama", 2), [head.logits_processor()]
    together = twelve_tokens(base, tokenizer, prompts, logits_processor=processors)
    assert len({len(prompt.split()) for prompt in prompts}) > 3
    alone = [twelve_tokens(base, tokenizer, [prompt], logits_processor=processors)[0] for prompt in prompts]
    assert together == alone


def test_it_passes_over_tokens_that_are_ruled_out(tokenizer, prompts, head):
    base, processor, allowed = tiny_model("llama", 2), head.logits_processor(), [5, 6, 7]
    tokens = twelve_tokens(
        base, tokenizer, prompts, logits_processor=[processor], prefix_allowed_tokens_fn=lambda *_: allowed
    )
    assert {token for response in tokens for token in response} <= set(allowed)
    scores = torch.full((1, 64), -torch.inf)
    scores[0, allowed] = torch.tensor([1.0, 2.0, 3.0])
    assert processor(torch.zeros(1, 1), scores)[0, allowed].isfinite().all()


def test_a_saved_head_comes_back_and_knows_its_vocabulary(tmp_path, tokenizer, head):
    model, other = tiny_model("llama", 0), tiny_model("llama", 1)
    head.card["base"] = vars(identify(model, tokenizer))
    head.save(tmp_path / "head")
    loaded = load_head(tmp_path / "head", model, tokenizer)
    assert isinstance(loaded, BlackBoxHead)
    assert torch.equal(loaded.matrix, head.matrix) and loaded.k == 9
    other.name_or_path = "somebody/other"
    load_head(tmp_path / "head", other, tokenizer)
    tokenizer.add_tokens(["new"])
    with pytest.raises(ValueError, match=r"made for unnamed \(vocabulary \w+\), and this is somebody/other"):
        load_head(tmp_path / "head", other, tokenizer)


def test_a_head_can_read_more_logits_than_it_was_trained_with():
    logits, weight = torch.randn(6, 12), torch.randn(12, 12)
    head = BlackBoxHead(weight, 3, Restriction.none(12), card={"k": 3})
    used = head.used_at(7)
    torch.testing.assert_close(used.student_logits(None, logits), logits + top_k(logits, 7) @ weight.T)
    assert (used.k, used.card["k"], used.card["trained_k"]) == (7, 7, 3)
