"""Batched traces against the paper's loop, one prompt and one token at a time."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from bench import reference
from superficial.models.generation import ChangedLogits, generate
from superficial.models.states import final_states
from superficial.traces.trace import Trace
from superficial.traces.tracing import hidden_states, retrace_base, trace_prompts, trace_responses
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import END_TOKEN, SIZE, random_prompts, tiny_llama, tiny_model


def assert_same_trace(actual: Trace, expected: Trace) -> None:
    for column in ("prompt", "position", "token"):
        assert torch.equal(getattr(actual, column), getattr(expected, column))
    for column in ("base_hidden", "aligned_hidden"):
        assert_rows_close(getattr(actual, column), getattr(expected, column))


def test_batched_traces_equal_the_step_by_step_loop():
    base, aligned = tiny_llama(0), tiny_llama(1)
    base_prompts, aligned_prompts = random_prompts(0, 12), random_prompts(1, 12)
    responses = generate(aligned, aligned_prompts, END_TOKEN, max_new_tokens=7, batch_size=5)
    trace = trace_responses(base, aligned, base_prompts, aligned_prompts, responses, batch_size=5)
    for i in range(12):
        steps = reference.extract(base, aligned, base_prompts[i], aligned_prompts[i], END_TOKEN, 7)
        rows = trace.prompt == i
        assert responses[i] == steps.tokens == trace.token[rows].tolist()
        assert trace.position[rows].tolist() == list(range(len(steps.tokens)))
        assert_rows_close(base.lm_head(trace.base_hidden[rows]), steps.base_logits)
        assert_rows_close(aligned.lm_head(trace.aligned_hidden[rows]), steps.aligned_logits)


def test_prompts_are_traced_in_parts_as_they_are_at_once(monkeypatch):
    monkeypatch.setattr("superficial.traces.tracing._PROMPTS_AT_ONCE", 5)
    base, aligned, prompts, chat = tiny_llama(0), tiny_llama(1), random_prompts(0, 12), random_prompts(1, 12)
    finished: list[int] = []
    parts = list(trace_prompts(base, aligned, prompts, chat, [END_TOKEN], 7, 4, finished.append))
    responses = generate(aligned, chat, END_TOKEN, 7, 4)
    expected = trace_responses(base, aligned, prompts, chat, responses, 4)
    assert len(parts) == 3 and sum(finished) == 12
    joined = Trace.concatenate(parts)
    assert list(joined.responses().values()) == responses
    assert_same_trace(joined, expected)


def test_a_base_with_a_head_writes_what_both_models_read():
    base, aligned, prompts, chat = tiny_llama(0), tiny_llama(1), random_prompts(0, 12), random_prompts(1, 12)
    forbidden = generate(base, prompts, END_TOKEN, 7, 4)[0][0]
    processors = [ChangedLogits(lambda logits: logits.index_fill(1, torch.tensor([forbidden]), -1e4))]
    (trace,) = trace_prompts(base, aligned, prompts, chat, [END_TOKEN], 7, 4, written_with=processors)
    responses = generate(base, prompts, END_TOKEN, 7, 4, processors=processors)
    assert responses not in (generate(base, prompts, END_TOKEN, 7, 4), generate(aligned, chat, END_TOKEN, 7, 4))
    assert_same_trace(trace, trace_responses(base, aligned, prompts, chat, responses, 4))


def test_the_base_alone_writes_where_no_head_changes_it():
    base, aligned, prompts, chat = tiny_llama(0), tiny_llama(1), random_prompts(0, 12), random_prompts(1, 12)
    (trace,) = trace_prompts(base, aligned, prompts, chat, [END_TOKEN], 7, 4, written_with=())
    responses = generate(base, prompts, END_TOKEN, 7, 4)
    assert_same_trace(trace, trace_responses(base, aligned, prompts, chat, responses, 4))


@pytest.mark.parametrize("written_with", [None, ()])
def test_one_model_in_both_places_reads_two_formats(written_with):
    model, prompts, chat = tiny_llama(0), random_prompts(0, 12), random_prompts(1, 12)
    (trace,) = trace_prompts(model, model, prompts, chat, [END_TOKEN], 7, 4, written_with=written_with)
    responses = generate(model, chat if written_with is None else prompts, END_TOKEN, 7, 4)
    assert_same_trace(trace, trace_responses(model, model, prompts, chat, responses, 4))


def test_responses_end_at_stop_tokens_with_their_states():
    base, aligned, prompts, chat = tiny_llama(0), tiny_llama(1), random_prompts(0, 12), random_prompts(1, 12)
    whole = generate(aligned, chat, END_TOKEN, 7, 4)
    stops = [response[len(response) // 2] for response in whole]
    (trace,) = trace_prompts(base, aligned, prompts, chat, [END_TOKEN], 7, 4, stop_tokens=stops)
    ended = [response[: response.index(stop) + 1] for response, stop in zip(whole, stops, strict=True)]
    assert ended != whole
    assert_same_trace(trace, trace_responses(base, aligned, prompts, chat, ended, 4))


def test_in_half_precision_both_models_are_read_in_the_same_way():
    model, prompts = tiny_llama(0).bfloat16(), random_prompts(0, 12)
    (trace,) = trace_prompts(model, model, prompts, prompts, [END_TOKEN], 7, 4)
    assert torch.equal(trace.base_hidden, trace.aligned_hidden)


def test_a_response_of_no_token_is_refused_before_it_is_read():
    base, aligned, prompts = tiny_llama(0), tiny_llama(1), random_prompts(0, 4)
    with pytest.raises(ValueError, match="2 of 4 responses are empty, the first is number 1"):
        next(trace_prompts(base, aligned, prompts, prompts, [END_TOKEN], [3, 0, 3, 0], 2))


def test_a_prompt_too_long_for_the_base_is_refused_before_a_response_is_written():
    finished: list[int] = []
    base, aligned = tiny_model("gpt2", 0), tiny_model("llama", 1)
    with pytest.raises(ValueError, match="Prompt 2 of 2 has 60 tokens and a response of up to 7"):
        next(trace_prompts(base, aligned, [[3], [3] * 60], [[3], [3]], [END_TOKEN], 7, 2, finished.append))
    assert not finished


def test_a_response_or_a_stop_without_a_prompt_is_refused():
    model = tiny_llama(0)
    with pytest.raises(ValueError, match=r"zip\(\) argument"):
        trace_responses(model, model, [[3]], [[3]], [[5], [6]], 2)
    with pytest.raises(ValueError, match=r"zip\(\) argument"):
        next(trace_prompts(model, model, [[3]], [[3]], [END_TOKEN], 2, 2, stop_tokens=[None, 4]))


def dynamic_llama(seed: int) -> LlamaForCausalLM:
    """A random Llama whose rotary frequencies change after 16 tokens."""
    torch.manual_seed(seed)
    parameters = {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 10000.0}
    config = LlamaConfig(**SIZE | {"max_position_embeddings": 16}, rope_parameters=parameters, eos_token_id=None)
    return LlamaForCausalLM(config).eval()


@pytest.mark.parametrize(("length", "is_read_again"), [(11, False), (12, False), (13, True)])
def test_a_model_reads_what_it_wrote_only_where_its_frequencies_may_have_changed(monkeypatch, length, is_read_again):
    base, aligned, readers = tiny_model("llama", 0), dynamic_llama(1), []

    def recorded(model, *arguments, **named):
        readers.append(model)
        return hidden_states(model, *arguments, **named)

    monkeypatch.setattr("superficial.traces.tracing.hidden_states", recorded)
    prompts = [[5, 6], [7] * length]
    next(trace_prompts(base, aligned, prompts, prompts, [END_TOKEN], 4, 2))
    assert base in readers and (aligned in readers) == is_read_again


@torch.no_grad()
def test_texts_are_read_together_up_to_the_length_where_frequencies_change_and_padding_is_masked(monkeypatch):
    masks = []

    def recorded(model, ids, mask):
        masks.append(mask.tolist())
        return final_states(model, ids, mask)

    monkeypatch.setattr("superficial.traces.tracing.final_states", recorded)
    # The last token of a text is not read.
    hidden_states(dynamic_llama(0), [[3] * 14, [4] * 15, [5] * 16], [[8, 9]] * 3, 8, range(3))
    assert masks == [[[1] * 15 + [0], [1] * 16], [[1] * 17]]


def test_another_base_reads_the_responses_of_a_trace():
    aligned, prompts, chat = tiny_llama(1), random_prompts(0, 12), random_prompts(1, 12)
    responses = generate(aligned, chat, END_TOKEN, max_new_tokens=7, batch_size=5)
    parts = [
        trace_responses(tiny_llama(0), aligned, prompts[part], chat[part], responses[part], 5, part.start)
        for part in (slice(0, 7), slice(7, 12))
    ]
    finished: list[int] = []
    joined = Trace.concatenate(list(retrace_base(parts, tiny_llama(2), prompts, 5, finished.append)))
    expected = trace_responses(tiny_llama(2), aligned, prompts, chat, responses, 5)
    assert finished == [7, 5]
    assert_same_trace(joined, expected)


def test_an_empty_response_is_refused():
    model = tiny_llama(0)
    with pytest.raises(ValueError, match="1 of 2 responses are empty, the first is number 1"):
        trace_responses(model, model, [[3], [4]], [[3], [4]], [[5], []], 2)


@pytest.mark.parametrize("role", ["base", "aligned"])
@torch.no_grad()
def test_a_state_that_is_not_finite_is_refused_by_the_number_of_its_prompt(role):
    models = {"base": tiny_llama(0), "aligned": tiny_llama(1)}
    prompts, responses = [[5, 6], [7, 40], [8, 9]], [[10, 11], [12], [13]]
    models[role].get_input_embeddings().weight[40] = float("nan")
    with pytest.raises(ValueError, match=r"hidden states of the model are not finite after prompt 21, counted from 0"):
        trace_responses(models["base"], models["aligned"], prompts, prompts, responses, 2, first_prompt=20)


@torch.no_grad()
def test_a_state_that_is_not_finite_is_refused_by_its_number_among_all_parts(monkeypatch):
    monkeypatch.setattr("superficial.traces.tracing._PROMPTS_AT_ONCE", 2)
    base, aligned, prompts = tiny_llama(0), tiny_llama(1), [[5, 6], [7, 9], [8, 9], [8, 40]]
    base.get_input_embeddings().weight[40] = float("nan")
    harmless = [prompt[:1] for prompt in prompts]
    with pytest.raises(ValueError, match="are not finite after prompt 3, counted from 0"):
        list(trace_prompts(base, aligned, prompts, harmless, [END_TOKEN], 1, 2))
