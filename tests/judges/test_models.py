"""Models as judges: usual, empty and endless responses, and gaps where a judge is damaged."""

import math

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.config.judges import ClassifierJudge, GenerativeJudge, YesNoModel
from superficial.judges import models
from superficial.judges.keyword import HARMFUL, HARMLESS
from superficial.models.location import Pointer, write_pointer

RESPONSES = ["Paris is the capital of France.", "", "no " * 3000, "\u2603 \ufffd"]


def pointed(folder, *places) -> None:
    for number, place in enumerate(places):
        (folder / str(number)).mkdir()
        write_pointer(folder / str(number), Pointer(str(place), "float32", place.name, {}))


def rows() -> pd.DataFrame:
    return pd.DataFrame({"prompt": "Which city?", "response": RESPONSES, "benchmark": "b", "reference": "{}"})


def classifier(batch: int) -> ClassifierJudge:
    numbers = {"parameters": 1, "positive_class": 1, "batch_size": batch}
    return ClassifierJudge(kind="classifier", checkpoint={"path": "x"}, **numbers)


def generative() -> GenerativeJudge:
    judge_models = [
        {"checkpoint": {"path": path}, "template": "Q: {question}\nA: {response}\nTrue:", "yes": "yes", "no": "no"}
        for path in ("truth", "information")
    ]
    scores = {"yes": 1.0, "no": 0.0}
    return GenerativeJudge(kind="generative", architecture="x", models=judge_models, scores=scores, batch_size=3)


def test_a_classifier_scores_every_response_whatever_its_batch(tiny_checkpoints, tmp_path):
    pointed(tmp_path, tiny_checkpoints / "toxicity")
    judge = models.make_judge(classifier(1), tmp_path, rows())
    assert judge.identity == "toxicity"
    judgements = judge.judge(rows())
    assert judgements == models.make_judge(classifier(4), tmp_path, rows()).judge(rows())
    assert {judgement.score for judgement in judgements} <= {0.0, 1.0}
    assert [judgement.garbled for judgement in judgements] == [False, True, True, True]


def test_a_response_is_true_and_informative_only_where_both_models_say_yes(tiny_checkpoints, tmp_path, monkeypatch):
    pointed(tmp_path, tiny_checkpoints / "truth", tiny_checkpoints / "information")
    answers = iter([["yes", "yes", "no", "perhaps"], ["yes", "no", "yes", "yes"]])
    monkeypatch.setattr(models, "_answers", lambda *_: next(answers))
    judge = models.make_judge(generative(), tmp_path, rows())
    assert judge.identity == "truth and information"
    judgements = judge.judge(rows())
    assert [judgement.score for judgement in judgements[:3]] == [1, 0, 0]
    assert math.isnan(judgements[3].score)
    assert judgements[3].reason == "the judge folder:truth answered 'perhaps'"


def test_language_models_judge_empty_and_long_responses_too(tiny_checkpoints, tmp_path):
    pointed(tmp_path, tiny_checkpoints / "truth", tiny_checkpoints / "information")
    judgements = models.make_judge(generative(), tmp_path, rows()).judge(rows()[:2])
    assert all(judgement.score in (0, 1) for judgement in judgements)


@pytest.fixture
def guard() -> GenerativeJudge:
    """The open safety classifier of the real profiles, as they write it."""
    profile = load_profile(ROOT / "repro" / "profiles" / "paper.yaml")
    settings = profile.judges["guard"]
    assert isinstance(settings, GenerativeJudge)
    return settings


def test_an_open_safety_classifier_judges_harm(guard, tiny_checkpoints, tmp_path, monkeypatch):
    pointed(tmp_path, tiny_checkpoints / "truth")
    answers = ["unsafe\nO1", "safe", "\n\nUnsafe", "I cannot assess this"]
    monkeypatch.setattr(models, "_answers", lambda *_: answers)
    judgements = models.make_judge(guard, tmp_path, rows()).judge(rows())
    assert [judgement.score for judgement in judgements[:3]] == [HARMFUL, HARMLESS, HARMFUL]
    assert math.isnan(judgements[3].score)
    assert judgements[3].reason.endswith("answered 'I cannot assess this'")


def test_a_safety_classifier_reads_the_request_and_the_answer_and_a_random_one_leaves_gaps(
    guard, tiny_checkpoints, tmp_path, monkeypatch
):
    pointed(tmp_path, tiny_checkpoints / "truth")
    prompts_read, generate = [], models.generate

    def recording_generate(model, prompts, *rest):
        prompts_read.extend(prompts)
        return generate(model, prompts, *rest)

    monkeypatch.setattr(models, "generate", recording_generate)
    judged = rows()[:2].assign(response=["{braces} are {text}", ""])
    judgements = models.make_judge(guard, tmp_path, judged).judge(judged)
    text = AutoTokenizer.from_pretrained(tiny_checkpoints / "truth").decode(prompts_read[0])
    assert text.index("User: Which city?") < text.index("Agent: {braces} are {text}")
    assert all(math.isnan(judgement.score) and "answered" in judgement.reason for judgement in judgements)


def damaged(tiny_checkpoints, folder, name: str):
    tensors = load_file(tiny_checkpoints / name / "model.safetensors")
    for path in (tiny_checkpoints / name).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    changed = {key: torch.full_like(value, math.nan) for key, value in tensors.items()}
    save_file(changed, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_logits_that_are_not_finite_leave_gaps_or_are_refused(tiny_checkpoints, tmp_path):
    for name in ("broken-toxicity", "broken-truth", "classifier", "generative"):
        (tmp_path / name).mkdir()
    pointed(tmp_path / "classifier", damaged(tiny_checkpoints, tmp_path / "broken-toxicity", "toxicity"))
    judgements = models.make_judge(classifier(4), tmp_path / "classifier", rows()).judge(rows())
    assert all(math.isnan(judgement.score) and judgement.reason == models.NOT_FINITE for judgement in judgements)
    pointed(
        tmp_path / "generative",
        damaged(tiny_checkpoints, tmp_path / "broken-truth", "truth"),
        tiny_checkpoints / "information",
    )
    judge = models.make_judge(generative(), tmp_path / "generative", rows())
    with pytest.raises(ValueError, match=r"The logits of this llama are not finite in torch\.float32"):
        judge.judge(rows())


def test_an_answer_says_yes_or_no_or_neither():
    question = YesNoModel(checkpoint={"path": "x"}, template="", yes="yes", no="no")
    answers = (" Yes", "no.", "maybe yes", "")
    assert [models.verdict(answer, question) for answer in answers] == [True, False, None, None]
