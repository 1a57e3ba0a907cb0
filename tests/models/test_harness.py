"""MMLU through lm-eval, against a plain loop over the four letters, on a task in MMLU's format; without a network."""

import json

import pytest
import torch

from superficial import BlackBoxHead, ResidualHead
from tests.support.tiny_models import WORDS, tiny_model

lm_eval = pytest.importorskip("lm_eval", reason="lm-eval is not installed: pip install -e .[mmlu]")

TASK = """
task: mmlu
dataset_path: json
dataset_kwargs:
  data_files: {{test: "{file}"}}
test_split: test
output_type: multiple_choice
doc_to_text: >-
  {{{{question.strip()}}}} w1 {{{{choices[0]}}}} w2 {{{{choices[1]}}}}
  w3 {{{{choices[2]}}}} w4 {{{{choices[3]}}}} w5
doc_to_choice: ["w11", "w12", "w13", "w14"]
doc_to_target: answer
metric_list: [{{metric: acc, aggregation: mean, higher_is_better: true}}]
metadata: {{version: 1.0}}
"""
LETTERS = ("w11", "w12", "w13", "w14")


@pytest.fixture
def rows():
    draw = torch.Generator().manual_seed(3)

    def words(count):
        return " ".join(f"w{int(i)}" for i in torch.randint(20, 61, (count,), generator=draw))

    return [
        {"question": words(3 + n % 6), "choices": [words(1 + n % 3) for _ in range(4)], "answer": n % 4}
        for n in range(48)
    ]


@pytest.fixture
def folder(rows, tmp_path):
    file = tmp_path / "test.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "mmlu.yaml").write_text(TASK.format(file=file), encoding="utf-8")
    return tmp_path / "tasks"


@torch.no_grad()
def by_hand(model, tokenizer, rows, change=lambda hidden, logits: logits):
    """Score one question at a time: 1 where the letter with the largest changed logit is the answer."""
    letters, scored = [WORDS.index(letter) for letter in LETTERS], []
    for row in rows:
        parts = [part for n, choice in enumerate(row["choices"], 1) for part in (f"w{n}", choice)]
        ids = tokenizer(" ".join([row["question"], *parts, "w5"]), return_tensors="pt")["input_ids"]
        hidden = model.get_decoder()(input_ids=ids).last_hidden_state[0, -1:]
        logits = change(hidden, model.lm_head(hidden))
        scored.append(float(max(range(4), key=lambda n: logits[0, letters[n]]) == row["answer"]))
    return scored


def scores(model, tokenizer, folder, processors=(), limit=None):
    from superficial.models.harness import Harness, score_mmlu

    return score_mmlu(Harness(model, tokenizer, processors, 8), 0, limit, folder)


def test_a_model_scores_as_the_plain_loop(tokenizer, rows, folder):
    model = tiny_model("llama", 1)
    table = scores(model, tokenizer, folder)
    assert table["score"].tolist() == by_hand(model, tokenizer, rows)
    assert 0 < table["score"].mean() < 1
    assert set(table["judge"]) == {"lm-eval 0.4.13 mmlu, 0 shots"}
    assert len(scores(model, tokenizer, folder, limit=5)) == 5


def test_white_box_and_black_box_score_as_the_plain_loop(tokenizer, rows, folder):
    model, draw = tiny_model("llama", 1), torch.Generator().manual_seed(4)
    plain = by_hand(model, tokenizer, rows)
    white = ResidualHead(torch.randn(len(WORDS), 32, generator=draw))
    with white.applied_to(model) as processors:
        scored = scores(model, tokenizer, folder, processors)["score"].tolist()
    assert scored == by_hand(model, tokenizer, rows, white.student_logits) != plain
    black = BlackBoxHead.dense(torch.randn(len(WORDS), len(WORDS), generator=draw), 5)
    with black.applied_to(model) as processors:
        scored = scores(model, tokenizer, folder, processors)["score"].tolist()
    assert scored == by_hand(model, tokenizer, rows, black.student_logits) != plain


def test_the_same_change_scores_the_same_in_either_box(tokenizer, rows, folder):
    """dW = R W, and W_trans = R over all logits: rows of R that sum to 0 leave out what 0 means in a logit."""
    model, draw = tiny_model("llama", 1), torch.Generator().manual_seed(5)
    mixing = torch.randn(len(WORDS), len(WORDS), generator=draw)
    mixing -= mixing.mean(1, keepdim=True)
    white = ResidualHead(mixing @ model.lm_head.weight.detach())
    with white.applied_to(model) as processors:
        inside = scores(model, tokenizer, folder, processors)["score"].tolist()
    processors = [BlackBoxHead.dense(mixing, len(WORDS)).logits_processor()]
    outside = scores(model, tokenizer, folder, processors)["score"].tolist()
    assert inside == outside != by_hand(model, tokenizer, rows)


def test_a_folder_without_the_task_is_named(tokenizer, tmp_path):
    with pytest.raises(ValueError, match="lm-eval cannot read its task mmlu"):
        scores(tiny_model("llama", 1), tokenizer, tmp_path)
