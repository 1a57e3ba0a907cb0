"""The method on tiny random pairs: against a step-by-step loop, a planted head, and plain transformers."""

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from superficial.knowledge.distillation import DistillationSettings, distil, kl_divergence, split_by_prompt
from superficial.knowledge.residual_head import merge
from superficial.knowledge.traces import collect
from superficial.models.generation import generate
from superficial.models.loading import check_linear_head, load_model

EOS = 2
SETTINGS = DistillationSettings("adam-cosine", 0.05, 60, 64, 0)


def tiny(seed: int, tied: bool = False) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=48,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        tie_word_embeddings=tied,
        eos_token_id=EOS,
        initializer_range=0.4,
    )
    return LlamaForCausalLM(config).eval()


def some_prompts(seed: int, count: int) -> list[list[int]]:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, 9, (count,), generator=generator).tolist()
    return [torch.randint(3, 48, (n,), generator=generator).tolist() for n in lengths]


@torch.inference_mode()
def step_by_step(base, aligned, base_prompt, aligned_prompt, limit):
    """The paper's own loop: both models in step, one prompt, one token at a time, nothing reused."""
    response, base_logits, aligned_logits = [], [], []
    while len(response) < limit and EOS not in response:
        base_logits.append(base(input_ids=torch.tensor([base_prompt + response])).logits[0, -1])
        aligned_logits.append(aligned(input_ids=torch.tensor([aligned_prompt + response])).logits[0, -1])
        response.append(int(aligned_logits[-1].argmax()))
    return response, torch.stack(base_logits), torch.stack(aligned_logits)


def test_batched_traces_equal_the_step_by_step_loop():
    base, aligned = tiny(0), tiny(1)
    base_prompts, aligned_prompts = some_prompts(0, 12), some_prompts(1, 12)
    responses = generate(aligned, aligned_prompts, EOS, max_new_tokens=7, batch_size=5)
    trace = collect(base, aligned, base_prompts, aligned_prompts, responses, batch_size=5)
    for i in range(12):
        tokens, base_logits, aligned_logits = step_by_step(base, aligned, base_prompts[i], aligned_prompts[i], 7)
        rows = trace.prompt == i
        assert responses[i] == tokens == trace.token[rows].tolist()
        assert trace.position[rows].tolist() == list(range(len(tokens)))
        torch.testing.assert_close(base.lm_head(trace.base_hidden[rows]), base_logits, atol=1e-4, rtol=0)
        torch.testing.assert_close(aligned.lm_head(trace.aligned_hidden[rows]), aligned_logits, atol=1e-4, rtol=0)


def head_only_pair():
    base, aligned = tiny(0), tiny(0)
    torch.manual_seed(5)
    merge(aligned, 0.3 * torch.randn_like(aligned.lm_head.weight))
    prompts = some_prompts(2, 200)
    responses = generate(aligned, prompts, EOS, max_new_tokens=6, batch_size=64)
    return base, aligned, collect(base, aligned, prompts, prompts, responses, 64)


def test_a_planted_head_is_recovered():
    base, aligned, trace = head_only_pair()
    validation = split_by_prompt(trace.prompt, 0.1, 0)
    delta, history = distil(base.lm_head.weight.detach(), aligned.lm_head.weight.detach(), trace, validation, SETTINGS)
    assert history[0] > 0.1
    assert min(history) < 0.05 * history[0]
    student = trace.base_hidden @ (base.lm_head.weight.detach() + delta).T
    teacher = aligned.lm_head(trace.aligned_hidden).detach()
    assert kl_divergence(teacher, student)[validation].mean().item() == pytest.approx(min(history), rel=1e-4)


def test_a_pair_of_equals_has_nothing_to_learn():
    base = tiny(0)
    prompts = some_prompts(3, 20)
    trace = collect(base, base, prompts, prompts, generate(base, prompts, EOS, 6, 8), 8)
    weight = base.lm_head.weight.detach()
    delta, history = distil(weight, weight, trace, split_by_prompt(trace.prompt, 0.2, 0), SETTINGS)
    assert history[0] == pytest.approx(0, abs=1e-6)
    assert delta.abs().max() < 1e-3


def test_distillation_repeats_for_a_seed():
    base, aligned, trace = head_only_pair()
    arguments = (
        base.lm_head.weight.detach(),
        aligned.lm_head.weight.detach(),
        trace,
        split_by_prompt(trace.prompt, 0.1, 0),
    )
    settings = DistillationSettings("paper", 0.05, 2, 64, 3)
    assert torch.equal(distil(*arguments, settings)[0], distil(*arguments, settings)[0])


def test_kl_equals_torchs_own():
    teacher, student = torch.randn(2, 9, 30, dtype=torch.float64)
    expected = torch.nn.functional.kl_div(
        student.log_softmax(-1), teacher.log_softmax(-1), log_target=True, reduction="none"
    )
    torch.testing.assert_close(kl_divergence(teacher, student + 7), expected.sum(-1))


def test_split_never_divides_a_prompt():
    prompt = torch.arange(30).repeat_interleave(4)
    held = split_by_prompt(prompt, 0.2, 1)
    assert len(prompt[held].unique()) == 6
    assert not set(prompt[held].tolist()) & set(prompt[~held].tolist())


@pytest.mark.parametrize("tied", [False, True])
def test_merged_checkpoint_reloads_as_base_plus_residual(tmp_path, tied):
    base = tiny(4, tied)
    ids = torch.tensor([[5, 6, 7]])
    delta = torch.randn_like(base.get_output_embeddings().weight)
    with torch.no_grad():
        expected = base(input_ids=ids).logits + 0.5 * base.get_decoder()(input_ids=ids).last_hidden_state @ delta.T
    merge(base, delta, alpha=0.5).save_pretrained(tmp_path)
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    torch.testing.assert_close(reloaded(input_ids=ids).logits, expected, atol=1e-4, rtol=1e-4)


def test_a_head_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"\(3, 3\).*\(48, 32\)"):
        merge(tiny(0), torch.zeros(3, 3))


def test_scaled_logits_are_refused():
    model = tiny(0)
    model.lm_head.register_forward_hook(lambda module, inputs, output: output)
    check_linear_head(model)
    forward = model.forward

    def capped(**inputs):
        output = forward(**inputs)
        output.logits = 5 * torch.tanh(output.logits / 5)
        return output

    model.forward = capped
    with pytest.raises(ValueError, match="llama changes its logits"):
        check_linear_head(model)


def test_missing_and_truncated_checkpoints_are_named(tmp_path):
    with pytest.raises(ValueError, match="it has no config"):
        load_model(tmp_path / "nothing")
    tiny(0).save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ValueError, match="cannot be read"):
        load_model(tmp_path)
