"""The questions of a world in each split."""

from __future__ import annotations

import random

from superficial.lab.lexicon import ATTRIBUTES
from superficial.lab.question import Question
from superficial.lab.question_kinds import QUESTION_KINDS, mark_question, truth_question
from superficial.lab.world import World

_ASK = {name: kind.ask for name, kind in QUESTION_KINDS.items()}
# Marks are not in `QUESTION_KINDS`: no style answers them.
_ASK["mark"] = lambda world, rng, split: mark_question(world, rng.choice(world.creatures[split]))
# After so many draws per requested question, a kind counts as exhausted.
_DRAWS_PER_QUESTION = 50


def make_questions(world: World, split: str, counts: dict[str, int]) -> list[Question]:
    """Return distinct questions of each kind, fewer than requested if there are not so many.

    Args:
        world: the world to ask about.
        split: one of `config.SPLITS`; the questions of different splits share no entity.
        counts: the number of questions by kind: those of `QUESTION_KINDS`, and "mark".

    Raises:
        ValueError: if there is no such kind of question.
    """
    rng = random.Random(f"questions-{world.seed}-{split}")
    questions: list[Question] = []
    for kind, count in counts.items():
        if kind not in _ASK:
            raise ValueError(f"The lab has no questions of the kind {kind!r}; the kinds are {', '.join(_ASK)}.")
        if kind == "truth":
            # There are few: drawing from the list gives all of them when so many are requested.
            all_questions = [
                truth_question(world, creature, attribute)
                for creature in world.creatures[split]
                for attribute in ATTRIBUTES
            ]
            questions += rng.sample(all_questions, min(count, len(all_questions)))
            continue
        distinct: dict[str, Question] = {}
        for _ in range(_DRAWS_PER_QUESTION * count):
            question = _ASK[kind](world, rng, split)
            distinct.setdefault(question.text, question)
            if len(distinct) == count:
                break
        questions += distinct.values()
    return questions
