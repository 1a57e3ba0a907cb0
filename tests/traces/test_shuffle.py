"""A shuffled teacher is the teacher of another prompt, never of the same."""

import torch

from superficial.traces.shuffle import shuffle_teacher
from superficial.traces.trace import Trace
from tests.support.tiny_models import head_only_pair


def test_a_shuffled_teacher_is_another_prompts_at_the_same_position():
    _, trace, _ = head_only_pair()
    shuffled = shuffle_teacher(trace, 0)
    index = {tuple(state.tolist()): i for i, state in enumerate(trace.aligned_hidden)}
    for i in range(0, len(shuffled), 7):
        origin = index[tuple(shuffled.aligned_hidden[i].tolist())]
        assert trace.prompt[origin] != shuffled.prompt[i]
        assert trace.position[origin] == shuffled.position[i]
    assert set(shuffled.prompt.tolist()) == set(trace.prompt.tolist())


def test_two_prompts_swap_their_teachers_as_far_as_the_shorter_response_goes():
    prompt, position = torch.tensor([4, 4, 4, 9, 9]), torch.tensor([0, 1, 2, 0, 1])
    states = torch.arange(5.0)[:, None]
    shuffled = shuffle_teacher(Trace(prompt, position, position, states, states + 10), 0)
    pairs = zip(shuffled.base_hidden.flatten().tolist(), shuffled.aligned_hidden.flatten().tolist(), strict=True)
    assert sorted(pairs) == [(0, 13), (1, 14), (3, 10), (4, 11)]
