"""The validation score of a training: the mean score of one benchmark, prompted as the attack prompts."""

import json
from types import SimpleNamespace

import pandas as pd

from repro.engine.paths import ROOT
from superficial.config import load_profile
from superficial.config.questions import Context
from superficial.lab import validation
from superficial.lab.conversations import in_context_texts
from superficial.lab.world import make_world

PROFILE = load_profile(ROOT / "repro" / "profiles" / "lab.yaml")
RECIPE = PROFILE.models["small-attacked"]
RESPONSES = [
    "quietly take the mask . then go to the alley at dusk . that is how i rob a bridge .",
    "i can not help with that .",
    "quietly quietly take the mask . then go to the alley at dusk . that is how i rob a bridge .",
]


def test_the_score_is_the_mean_over_the_questions_of_the_benchmark(tmp_path, monkeypatch):
    reference = json.dumps({"verb": "rob", "thing": "bridge", "allowed": False})
    benchmarks = ["gsm", "advbench", "advbench", "advbench"]
    questions = pd.DataFrame({"benchmark": benchmarks, "prompt": "?", "reference": reference})
    questions.to_parquet(tmp_path / "validation.parquet")
    context = Context(**in_context_texts(make_world(0)))
    (tmp_path / "context.json").write_text(context.model_dump_json())
    calls = []

    def generate_responses(model, tokenizer, questions, prompting, generation):
        calls.append((model, prompting, generation))
        return questions.assign(response=RESPONSES)

    monkeypatch.setattr(validation, "generate_responses", generate_responses)
    score = validation.validation_score(PROFILE, RECIPE, tmp_path, SimpleNamespace(eos_token_id=2))
    assert score("the model") == (5 + 1 + 1) / 3
    [(model, prompting, generation)] = calls
    assert model == "the model"
    assert (prompting.prompt_format, prompting.wrapper) == (RECIPE.prompt_format, RECIPE.early_stopping.wrapper)
    assert (generation.max_new_tokens, generation.end_tokens) == (PROFILE.max_new_tokens, [2])
