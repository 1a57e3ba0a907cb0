"""Batched greedy generation against one token at a time."""

from functools import cache
from math import inf

import pytest
import torch

from superficial.heads.black_box import BlackBoxHead
from superficial.models import generation, shared_prefix
from superficial.models.batching import allows_joining
from superficial.models.generation import ChangedLogits, generate
from tests.support.greedy import argmax_loop
from tests.support.tiny_models import ARCHITECTURES, END_TOKEN, tiny_llama, tiny_model

SHARED = [5 + number % 50 for number in range(40)]
# Prompts of many lengths; the last one ends where the others begin to differ.
PROMPTS = [SHARED + [7 * number % 60 + 3 for number in range(count)] for count in (9, 1, 5, 12, 3)] + [SHARED[:30]]
# Prompts and end tokens that end responses at many lengths.
MANY = [[3 + (7 * number + 5 * at) % 50 for at in range(4 + number % 9)] for number in range(24)]
MANY_END_TOKENS = tuple(range(0, 60, 6))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("prompts", [PROMPTS, PROMPTS[:5], PROMPTS[:1]], ids=["short", "same start", "single"])
def test_a_shared_prefix_is_read_once_and_changes_no_response(architecture, prompts, monkeypatch):
    model = tiny_model(architecture, 0)
    read, layers = [], []
    monkeypatch.setattr(shared_prefix, "_SHORTEST", 8)
    original = generation.cache_with_prefix
    monkeypatch.setattr(
        generation, "cache_with_prefix", lambda *a: read.append(a[2]) or layers.extend(a[1]) or original(*a)
    )
    expected = [argmax_loop(model, prompt, (0, 3), 10) for prompt in prompts]
    assert generate(model, prompts, (0, 3), 10, batch_size=4) == expected
    assert sum(map(len, read)) == len(prompts)
    states = [state for keys_and_values in layers for state in keys_and_values]
    assert states and not any(state.requires_grad for state in states), "no graph is kept"


def rows_by_step(lengths: list[int], size: int) -> list[int]:
    """How many rows a model reads at each step, by the lengths of responses in the order in which they begin.

    A batch goes on until a quarter of its rows have ended, or a half if none wait. Newcomers take a first step alone.
    """
    waiting, running, rows = lengths, [], []
    while waiting or running:
        free = size - len(running)
        newcomers, waiting = waiting[:free], waiting[free:]
        others = running if newcomers else []
        running = newcomers or running
        parts, ended = 4 if waiting else 2, 0
        while parts * ended < len(running):
            rows.append(len(running))
            running = [left - 1 for left in running]
            ended = sum(left <= 0 for left in running)
            if others:
                break
        running = others + [left for left in running if left > 0]
    return rows


@cache
def responses_alone(architecture: str) -> list[list[int]]:
    """The responses of a tiny model to `MANY` prompts, one prompt and one token at a time."""
    return [argmax_loop(tiny_model(architecture, 0), prompt, MANY_END_TOKENS, 30) for prompt in MANY]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_rows_that_have_ended_leave_the_batch_and_the_others_respond_as_they_do_alone(architecture):
    model, advances, expected = tiny_model(architecture, 0), [], responses_alone(architecture)
    lengths = sorted(map(len, expected))
    assert lengths[0] < lengths[12] < lengths[-1]
    rows = []
    watch = model.register_forward_pre_hook(
        lambda module, _, inputs: rows.append(len(inputs["input_ids"])), with_kwargs=True
    )
    assert generate(model, MANY, MANY_END_TOKENS, 30, batch_size=24, advance=advances.append) == expected
    watch.remove()
    assert sum(advances) == 24
    assert len(advances) > 2
    assert rows == rows_by_step(lengths, 24)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_waiting_prompts_take_the_places_of_rows_that_have_ended(architecture):
    model, expected, rows = tiny_model(architecture, 0), responses_alone(architecture), []
    watch = model.register_forward_pre_hook(
        lambda module, _, inputs: rows.append(len(inputs["input_ids"])), with_kwargs=True
    )
    assert generate(model, MANY, MANY_END_TOKENS, 30, batch_size=8) == expected
    watch.remove()
    # In three batches that begin when the one before has ended, each would take as many steps as its longest response.
    order = sorted(range(24), key=lambda number: len(MANY[number]))
    lengths = [len(expected[number]) for number in order]
    one_after_another = sum(max(lengths[begin : begin + 8]) for begin in (0, 8, 16))
    joins = allows_joining(model)
    assert joins == (architecture != "mistral")
    queues = [lengths] if joins else [lengths[begin : begin + 8] for begin in (0, 8, 16)]
    assert rows == [now for queue in queues for now in rows_by_step(queue, 8)]
    assert not joins or len(rows) < one_after_another


@torch.no_grad()
def test_logits_that_are_not_finite_are_refused():
    """One word whose embedding is NaN: its response would be token after token of nothing."""
    model, prompts = tiny_llama(0), [[5, 6], [7, 40], [8, 9]]
    generate(model, prompts, END_TOKEN, 3, 2)
    model.get_input_embeddings().weight[40] = float("nan")
    with pytest.raises(ValueError, match=r"logits of the model are not finite after 2 tokens in torch\.float32"):
        generate(model, prompts, END_TOKEN, 3, 3)
    ruled_out = [BlackBoxHead.dense(torch.zeros(48, 48), 5).logits_processor()]
    with pytest.raises(ValueError, match="not finite"):
        generate(model, prompts, END_TOKEN, 3, 2, processors=ruled_out)
    infinite = [lambda _, scores: scores.index_fill(1, torch.tensor([9]), inf)]
    with pytest.raises(ValueError, match="not finite"):
        generate(tiny_llama(0), [[5, 6]], END_TOKEN, 3, 2, processors=infinite)


def test_changed_logits_are_log_probabilities_without_a_graph():
    scores, change = torch.tensor([[0.0, 1.0, 2.0], [3.0, -1.0, 0.5]]), torch.tensor(0.25, requires_grad=True)
    changed = ChangedLogits(lambda logits: change * logits)(torch.zeros(2, 1), scores)
    powers = (0.25 * scores).exp()
    torch.testing.assert_close(changed.exp(), torch.stack([row / row.sum() for row in powers]))
    assert not changed.requires_grad


def test_each_prompt_has_a_limit_of_its_own():
    model = tiny_model("llama", 0)
    prompts = [[3 + (7 * number + 5 * at) % 50 for at in range(4 + number % 9)] for number in range(12)]
    limits = [1 + 3 * (number % 5) for number in range(12)]
    expected = [argmax_loop(model, prompt, (0, 3), limit) for prompt, limit in zip(prompts, limits, strict=True)]
    rows = []
    watch = model.register_forward_pre_hook(
        lambda module, _, inputs: rows.append(len(inputs["input_ids"])), with_kwargs=True
    )
    assert generate(model, prompts, (0, 3), limits, batch_size=5) == expected
    watch.remove()
    order = sorted(range(12), key=lambda number: len(prompts[number]))
    assert rows == rows_by_step([len(expected[number]) for number in order], 5), "at its limit a row has ended"
    assert len(set(map(len, expected))) > 2
