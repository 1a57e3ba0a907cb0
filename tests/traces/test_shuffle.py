"""A shuffled teacher is the teacher of another prompt, never of the same."""

from superficial.traces.shuffle import shuffle_teacher
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
