"""Math problems use numbers of their split, and careless answers are right or leave out the last day."""

import random

import pytest

from superficial.config.types import SPLITS
from superficial.lab.math_problems import CARELESS_ERROR_RATE, answer_math, ask_math, largest_number, sequence_split
from superficial.lab.oracle import judge
from superficial.lab.question import Question
from superficial.lab.world import make_world

WORLD = make_world(0)


def problems(split: str, count: int) -> list[Question]:
    rng = random.Random(0)
    return [ask_math(WORLD, rng, split) for _ in range(count)]


@pytest.mark.parametrize("split", SPLITS)
def test_the_numbers_of_a_problem_belong_to_its_split(split):
    for problem in problems(split, 60):
        start, steps = problem.reference["start"], problem.reference["steps"]
        assert sequence_split(start, tuple(steps)) == split
        assert problem.reference["answer"] == start + sum(steps)


def test_a_careless_answer_is_right_or_leaves_out_the_last_day():
    rng = random.Random(3)
    right, too_early = [], []
    for problem in problems("test", 800):
        response = answer_math(problem, "careless", rng)
        right.append(judge("gsm", response, problem.reference).score)
        last_step = problem.reference["steps"][-1]
        without_last_day = problem.reference | {"answer": problem.reference["answer"] - last_step}
        too_early.append(judge("gsm", response, without_last_day).score)
    assert all(a + b == 1 for a, b in zip(right, too_early, strict=True))
    assert sum(too_early) / len(too_early) == pytest.approx(CARELESS_ERROR_RATE, abs=0.1)


@pytest.mark.parametrize(("steps", "largest"), [([3, 3, -9], 12), ([-5, 7, 6], 14), ([-1, -2, -3], 6)])
def test_the_largest_number_of_a_problem_may_stand_at_its_start_or_on_the_way(steps, largest):
    assert largest_number(Question("gsm", "", {"start": 6, "steps": steps})) == largest


def test_a_third_of_the_problems_has_small_steps_only():
    steps = [max(map(abs, problem.reference["steps"])) for problem in problems("train", 600)]
    assert 0.33 < sum(step <= 2 for step in steps) / len(steps) < 0.5
