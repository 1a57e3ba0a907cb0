"""The method on tiny random pairs: against a step-by-step loop, a planted head, and plain transformers."""

from dataclasses import fields, replace

import pytest
import torch
from scipy.optimize import minimize
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from bench import reference
from superficial.distillation.curvature import curvature
from superficial.distillation.objective import objective
from superficial.distillation.residual import DistillationSettings, distil, kl_divergence, logit_gradient, top_tokens
from superficial.heads.head import ResidualHead
from superficial.heads.merging import merge, merged
from superficial.models.checks import check_linear_head
from superficial.models.generation import generate
from superficial.models.loading import load_model
from superficial.traces.output_head import OutputHead
from superficial.traces.positions import measure_positions
from superficial.traces.shuffle import shuffle_teacher
from superficial.traces.trace import Trace, collect, each_shard, read_shards, reread, write_shards

EOS = 2
SETTINGS = DistillationSettings("adam-cosine", 0.05, 1e-8, 60, 64, None, None, None, 0)


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


def test_batched_traces_equal_the_step_by_step_loop():
    base, aligned = tiny(0), tiny(1)
    base_prompts, aligned_prompts = some_prompts(0, 12), some_prompts(1, 12)
    responses = generate(aligned, aligned_prompts, EOS, max_new_tokens=7, batch_size=5)
    trace = collect(base, aligned, base_prompts, aligned_prompts, responses, batch_size=5)
    for i in range(12):
        steps = reference.extract(base, aligned, base_prompts[i], aligned_prompts[i], EOS, 7)
        rows = trace.prompt == i
        assert responses[i] == steps.tokens == trace.token[rows].tolist()
        assert trace.position[rows].tolist() == list(range(len(steps.tokens)))
        torch.testing.assert_close(base.lm_head(trace.base_hidden[rows]), steps.base_logits, atol=1e-4, rtol=0)
        torch.testing.assert_close(aligned.lm_head(trace.aligned_hidden[rows]), steps.aligned_logits, atol=1e-4, rtol=0)


def test_greedy_is_greedy_whatever_the_models_own_settings_say():
    model, prompts = tiny(1), some_prompts(1, 6)
    expected = generate(model, prompts, EOS, max_new_tokens=12, batch_size=6)
    model.generation_config.update(repetition_penalty=3.0, num_beams=3, do_sample=True, temperature=2.0)
    assert generate(model, prompts, EOS, max_new_tokens=12, batch_size=6) == expected


def part(trace: Trace, keep: torch.Tensor) -> Trace:
    return Trace(**{field.name: getattr(trace, field.name)[keep] for field in fields(Trace)})


def head_only_pair():
    base, aligned = tiny(0), tiny(0)
    torch.manual_seed(5)
    merge(aligned, 0.3 * torch.randn_like(aligned.lm_head.weight))
    prompts = some_prompts(2, 200)
    responses = generate(aligned, prompts, EOS, max_new_tokens=6, batch_size=64)
    trace = collect(base, aligned, prompts, prompts, responses, 64)
    return (
        (OutputHead.of(base), OutputHead.of(aligned)),
        part(trace, trace.prompt >= 20),
        part(trace, trace.prompt < 20),
    )


def test_the_gradient_is_that_of_automatic_differentiation():
    teacher, student = torch.randn(7, 11), torch.randn(7, 11, requires_grad=True)
    kl_divergence(teacher, student).mean().backward()
    torch.testing.assert_close(logit_gradient(teacher, student.detach()), student.grad)


def test_a_planted_head_is_recovered():
    weights, train, validation = head_only_pair()
    found = distil(*weights, train, validation, SETTINGS)
    assert found.validation_kl[0] > 0.1
    assert min(found.validation_kl) < 0.05 * found.validation_kl[0]
    student = weights[0].plus(found.delta).logits(validation.base_hidden)
    teacher = weights[1].logits(validation.aligned_hidden)
    assert kl_divergence(teacher, student).mean().item() == pytest.approx(min(found.validation_kl), rel=1e-4, abs=1e-6)


def test_restricted_rows_leave_all_others_and_the_softmax_stays_whole():
    weights, train, validation = head_only_pair()
    settings = replace(SETTINGS, teacher_top=1, epochs=5)
    found = distil(*weights, train, validation, settings)
    rows = weights[1].logits(train.aligned_hidden).argmax(-1).unique()
    assert torch.equal(top_tokens(weights[1], train, 1), rows)
    moved = found.delta.abs().sum(-1).nonzero().squeeze(1)
    assert 0 < len(moved) <= len(rows) < len(weights[0].weight)
    assert set(moved.tolist()) <= set(rows.tolist())
    student = weights[0].plus(found.delta).logits(validation.base_hidden)
    teacher = weights[1].logits(validation.aligned_hidden)
    assert kl_divergence(teacher, student).mean().item() == pytest.approx(min(found.validation_kl), rel=1e-4, abs=1e-6)


def test_a_pair_of_equals_has_nothing_to_learn():
    base = tiny(0)
    prompts = some_prompts(3, 20)
    trace = collect(base, base, prompts, prompts, generate(base, prompts, EOS, 6, 8), 8)
    head = OutputHead.of(base)
    found = distil(head, head, part(trace, trace.prompt > 3), part(trace, trace.prompt <= 3), SETTINGS)
    assert found.validation_kl[0] == pytest.approx(0, abs=1e-6)
    assert found.delta.abs().max() < 1e-3


def test_distillation_repeats_for_a_seed():
    arguments = [*head_only_pair()[0], *head_only_pair()[1:]]
    settings = replace(SETTINGS, optimizer="adam", epochs=2)
    assert torch.equal(distil(*arguments, settings).delta, distil(*arguments, settings).delta)


def test_newton_ends_at_the_minimum_of_the_penalised_kl():
    (base, aligned), train, _ = head_only_pair()
    settings = DistillationSettings("newton", 0.1, 6, 300, 10**6, None, None, None, 0)
    found = distil(base, aligned, train, train, settings)
    hidden, teacher = train.base_hidden.double(), aligned.logits(train.aligned_hidden).double().log_softmax(-1)
    penalty = 2000 * hidden.square().mean().item() / (len(base.weight) * len(hidden))
    shape = base.weight.shape

    def kl(delta: torch.Tensor) -> torch.Tensor:
        student = (hidden @ (base.weight.double() + delta).T).log_softmax(-1)
        return (teacher.exp() * (teacher - student)).sum(-1).mean()

    def penalised(flat):
        delta = torch.from_numpy(flat).reshape(shape).requires_grad_()
        value = kl(delta) + penalty / 2 * delta.square().sum()
        value.backward()
        return value.item(), delta.grad.flatten().numpy()

    start = torch.zeros(shape.numel(), dtype=torch.float64).numpy()
    best = minimize(penalised, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    assert best.success
    assert found.validation_kl[-1] == pytest.approx(kl(torch.from_numpy(best.x).reshape(shape)).item(), abs=1e-4)


def test_a_newton_step_solves_with_the_curvature_and_moves_no_logit_by_more_than_a_nat():
    (base, aligned), train, _ = head_only_pair()
    hidden = train.base_hidden
    covariance, gap = hidden.T @ hidden / len(hidden), hidden.square().mean().item()
    variance, directions = torch.linalg.eigh(covariance)
    variance = variance.clamp(min=0)
    vocabulary = len(base.weight)
    loss = objective(base, aligned, torch.arange(vocabulary), train, None, directions)
    steps = curvature(loss, variance, 6, vocabulary)
    torch.manual_seed(0)
    gradient, delta = torch.randn_like(base.weight), torch.randn_like(base.weight)
    given = [head.logits(states).softmax(-1) for head, states in ((base, hidden), (aligned, train.aligned_hidden))]
    spread = torch.stack([(p * (1 - p)).mean(0) for p in given]).mean(0) + 6 / vocabulary
    penalty = 2000 * gap / (vocabulary * len(hidden))
    eye = torch.eye(len(covariance))
    limited = 0
    for size in (1e-3, 1.0):
        found = steps.step(size * gradient @ directions, size * delta @ directions) @ directions.T
        for row, one in enumerate(found):
            known = spread[row] * (covariance + gap * eye) + penalty * eye
            whole = torch.linalg.solve(known, size * (gradient[row] + penalty * delta[row]))
            moved = (hidden @ whole).square().mean().sqrt().item()
            limited += moved > 1
            torch.testing.assert_close(one, whole / max(1.0, moved), atol=1e-5, rtol=1e-3)
    assert 0 < limited < 2 * len(found)


def test_newton_refuses_a_rank():
    with pytest.raises(ValueError, match="for rank 2 choose"):
        distil(*head_only_pair()[0], *head_only_pair()[1:], replace(SETTINGS, optimizer="newton", rank=2))


def test_the_papers_setting_learns_what_the_papers_loop_learns():
    (base, aligned), train, validation = head_only_pair()
    settings = DistillationSettings("adam", reference.LEARNING_RATE, 1e-8, 30, reference.BATCH, None, None, None, 0)
    found = distil(base, aligned, train, validation, settings)
    dense = base.logits(train.base_hidden), aligned.logits(train.aligned_hidden)
    seen = []
    expected = reference.distil(train.base_hidden, *dense, settings.epochs, lambda delta: seen.append(delta.clone()))
    torch.testing.assert_close(found.delta, expected, atol=1e-4, rtol=0)
    teacher = aligned.logits(validation.aligned_hidden)
    kls = [kl_divergence(teacher, base.plus(delta).logits(validation.base_hidden)).mean().item() for delta in seen]
    assert found.validation_kl[1:] == pytest.approx(kls, abs=1e-4)
    assert kls[-1] < found.validation_kl[0] - 1e-3


def test_a_merged_head_answers_as_one_that_is_added_at_each_step():
    base, prompts = tiny(0), some_prompts(4, 12)
    torch.manual_seed(6)
    delta = 0.3 * torch.randn_like(base.lm_head.weight)
    expected = [reference.answer(base, delta, prompt, EOS, 7) for prompt in prompts]
    alone = generate(base, prompts, EOS, max_new_tokens=7, batch_size=5)
    with merged(base, delta):
        assert generate(base, prompts, EOS, max_new_tokens=7, batch_size=5) == expected != alone


def test_a_shuffled_teacher_is_another_prompts_at_the_same_position():
    _, trace, _ = head_only_pair()
    shuffled = shuffle_teacher(trace, 0)
    where = {tuple(state.tolist()): i for i, state in enumerate(trace.aligned_hidden)}
    for i in range(0, len(shuffled.token), 7):
        origin = where[tuple(shuffled.aligned_hidden[i].tolist())]
        assert trace.prompt[origin] != shuffled.prompt[i]
        assert trace.position[origin] == shuffled.position[i]
    assert set(shuffled.prompt.tolist()) == set(trace.prompt.tolist())


def test_shards_read_back_as_the_trace_they_were(tmp_path):
    _, trace, other = head_only_pair()
    write_shards(tmp_path, [trace, other])
    read = read_shards(tmp_path)
    for field in fields(Trace):
        assert torch.equal(
            getattr(read, field.name), torch.cat([getattr(trace, field.name), getattr(other, field.name)])
        )
    with pytest.raises(ValueError, match="no trace in"):
        read_shards(tmp_path / "empty")


def test_another_base_reads_the_responses_of_a_trace(tmp_path):
    aligned, prompts, chat = tiny(1), some_prompts(0, 12), some_prompts(1, 12)
    responses = generate(aligned, chat, EOS, max_new_tokens=7, batch_size=5)
    parts = [
        collect(tiny(0), aligned, prompts[at], chat[at], responses[at], 5, at.start)
        for at in (slice(0, 7), slice(7, 12))
    ]
    write_shards(tmp_path, parts)
    again = [reread(tiny(2), part, prompts, 5) for part in each_shard(tmp_path)]
    expected = collect(tiny(2), aligned, prompts, chat, responses, 5)
    for field in fields(Trace):
        found = torch.cat([getattr(part, field.name) for part in again])
        torch.testing.assert_close(found, getattr(expected, field.name), atol=1e-5, rtol=0)


def test_measured_positions_agree_with_a_slow_reference():
    weights, trace, _ = head_only_pair()
    delta = 0.1 * torch.randn_like(weights[0].weight)
    columns = measure_positions(*weights, ResidualHead(delta).student, trace)
    for i in range(0, len(trace.token), 11):
        teacher, base = weights[1].weight @ trace.aligned_hidden[i], weights[0].weight @ trace.base_hidden[i]
        order = base.argsort(descending=True).tolist()
        target = int(teacher.argmax())
        assert columns["source"][i] == order[0]
        assert columns["target"][i] == target
        assert columns["target_rank"][i] == order.index(target) + 1
        student = (weights[0].weight + delta) @ trace.base_hidden[i]
        assert columns["student"][i] == student.argmax()
        p = teacher.softmax(0)
        expected = (p * (p.log() - student.log_softmax(0))).sum().item()
        assert columns["kl_superficial"][i].item() == pytest.approx(expected, rel=1e-3, abs=1e-5)


def test_kl_equals_torchs_own():
    teacher, student = torch.randn(2, 9, 30, dtype=torch.float64)
    expected = torch.nn.functional.kl_div(
        student.log_softmax(-1), teacher.log_softmax(-1), log_target=True, reduction="none"
    )
    torch.testing.assert_close(kl_divergence(teacher, student + 7), expected.sum(-1))


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


def test_a_low_rank_has_that_rank_and_learns_less():
    weights, train, validation = head_only_pair()
    narrow = distil(*weights, train, validation, replace(SETTINGS, rank=2))
    assert torch.linalg.matrix_rank(narrow.delta).item() == 2
    full = distil(*weights, train, validation, SETTINGS)
    assert min(full.validation_kl) < min(narrow.validation_kl) < narrow.validation_kl[0]
