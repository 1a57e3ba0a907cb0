"""Extracting a head from a pair: the head, its card and inspection, and the examples in the docstrings."""

import copy
import doctest
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from scipy.stats import entropy

import superficial
from superficial import extraction
from superficial.distillation.heads import DEFAULT_BLACK_BOX_SETTINGS, DEFAULT_RESIDUAL_SETTINGS
from superficial.extraction import extract
from superficial.heads import black_box, residual
from superficial.heads.black_box import top_k
from superficial.heads.merging import merge
from tests.support.rounding import assert_rows_close
from tests.support.tiny_models import tiny_model

# Drawn by seed 0: a tenth of the 32 prompts.
VALIDATION = torch.randperm(32, generator=torch.Generator().manual_seed(0))[:3].tolist()


def head_only_models(architecture="llama"):
    """An aligned model that is the base with another output head: all of its alignment is superficial."""
    base, aligned = tiny_model(architecture, 0), tiny_model(architecture, 0)
    torch.manual_seed(9)
    merge(aligned, 0.3 * torch.randn_like(aligned.get_output_embeddings().weight))
    return base, aligned


def step_by_step(base, aligned, tokenizer, prompt, limit):
    """The paper's loop: the aligned model responds to its chat turn, the base reads the response after plain text."""
    plain = tokenizer(prompt)["input_ids"]
    turn = tokenizer(f"<user> {prompt} <assistant>")["input_ids"]
    response, rows = [], []
    while len(response) < limit and 0 not in response:
        output = base(input_ids=torch.tensor([plain + response]), output_hidden_states=True)
        teacher = aligned(input_ids=torch.tensor([turn + response])).logits[0, -1]
        rows.append((output.hidden_states[-1][0, -1], output.logits[0, -1], teacher))
        response.append(int(teacher.argmax()))
    return rows


def mean_kl(teachers, students) -> float:
    pairs = zip(teachers, students, strict=True)
    return sum(entropy(t.double().softmax(0), s.double().softmax(0)) for t, s in pairs) / len(teachers)


@pytest.mark.parametrize("architecture", ["llama", "gemma", "phi"])
@torch.no_grad()
def test_card_and_inspection_agree_with_the_papers_loop(tokenizer, prompts, architecture):
    base, aligned = head_only_models(architecture)
    head = extract(base, aligned, tokenizer, prompts, max_new_tokens=6)
    card, inspection = head.card, head.inspection
    assert card["prompts"]["count"] == 32
    assert card["validation_kl_after"] < card["validation_kl_before"]

    rows = [row for i in VALIDATION for row in step_by_step(base, aligned, tokenizer, prompts[i], 6)]
    hidden, logits, teachers = zip(*rows, strict=True)
    before = mean_kl(teachers, logits)
    after = mean_kl(teachers, [base + head.delta @ h for base, h in zip(logits, hidden, strict=True)])
    assert card["positions"]["validation"] == len(rows) == sum(row.prompts for row in inspection.kl_by_position)
    assert card["validation_kl_before"] == pytest.approx(before, rel=1e-3) == inspection.kl.base
    assert card["validation_kl_after"] == pytest.approx(after, rel=1e-3) == inspection.kl.superficial

    mean_change = torch.stack([head.delta @ state for state in hidden]).mean(0)
    mean_change -= mean_change.mean()
    for changes, descending in ((inspection.rises, True), (inspection.falls, False)):
        values = torch.tensor([change.mean_change for change in changes])
        # Tokens whose changes are nearly equal may come in either order.
        assert_rows_close(values, mean_change.sort(descending=descending).values[:20])
        assert_rows_close(values, mean_change[[change.id for change in changes]])
        assert [change.token for change in changes] == [tokenizer.decode([change.id]) for change in changes]


@torch.no_grad()
def test_a_black_box_head_is_extracted_likewise(tokenizer, prompts):
    base, aligned = head_only_models()
    settings = DEFAULT_BLACK_BOX_SETTINGS.with_changes(epochs=60, learning_rate=0.01)
    head = extract(base, aligned, tokenizer, prompts, k=12, settings=settings, max_new_tokens=6)
    rows = [row for i in VALIDATION for row in step_by_step(base, aligned, tokenizer, prompts[i], 6)]
    _, logits, teachers = zip(*rows, strict=True)
    after = mean_kl(teachers, [base + head.weight @ top_k(base[None], 12)[0] for base in logits])
    assert head.card["k"] == head.k == 12
    assert head.card["validation_kl_after"] == pytest.approx(after, rel=1e-3)
    assert head.card["validation_kl_after"] < head.card["validation_kl_before"]
    with pytest.raises(ValueError, match="k is 65; it must be between 1 and the 64"):
        extract(base, aligned, tokenizer, prompts, k=65)


def test_two_models_that_are_not_a_pair_are_refused_at_once(tokenizer, prompts):
    base, aligned = head_only_models()
    with pytest.raises(ValueError, match="1 different prompts; at least two"):
        extract(base, aligned, tokenizer, [prompts[0]] * 5)
    aligned.resize_token_embeddings(70)
    with pytest.raises(ValueError, match=r"64 rows \(base\) and 70 \(aligned\)"):
        extract(base, aligned, tokenizer, prompts)


def test_settings_of_the_other_kind_are_refused_at_once(tokenizer, prompts):
    base, aligned = head_only_models()
    with pytest.raises(ValueError, match="residual head is trained with DistillationSettings, not with BlackBoxSett"):
        extract(base, aligned, tokenizer, prompts, settings=DEFAULT_BLACK_BOX_SETTINGS)
    with pytest.raises(ValueError, match="black-box head is trained with BlackBoxSettings, not with Distill"):
        extract(base, aligned, tokenizer, prompts, k=5, settings=DEFAULT_RESIDUAL_SETTINGS)


def test_a_black_box_head_that_would_not_fit_is_refused(tokenizer, prompts, monkeypatch):
    base, aligned = head_only_models()
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=64 * 64 * 4 * 5 - 1))
    with pytest.raises(ValueError, match="black-box head with a W_trans of 64 rows and columns needs"):
        extract(base, aligned, tokenizer, prompts, k=5)
    extract(base, aligned, tokenizer, prompts, max_new_tokens=2)


@pytest.mark.parametrize("module", [superficial, residual, black_box, extraction])
def test_the_examples_in_docstrings_run(module, tmp_path, tokenizer, prompts):
    base, aligned = head_only_models()
    known = {name: getattr(superficial, name) for name in superficial.__all__}
    known |= {"copy": copy, "base": base, "aligned": aligned, "tokenizer": tokenizer, "prompts": prompts}
    known |= {"folder": tmp_path, "inputs": tokenizer(["w1 w2"], return_tensors="pt", return_token_type_ids=False)}
    if module is superficial:
        for name, model in (("base", base), ("aligned", aligned)):
            model.save_pretrained(tmp_path / name)
            tokenizer.save_pretrained(tmp_path / name)
    if module is residual:
        known["head"] = extract(base, aligned, tokenizer, prompts, max_new_tokens=4)
    if module is black_box:
        known["black_box_head"] = extract(base, aligned, tokenizer, prompts, k=5, max_new_tokens=4)
    result = doctest.testmod(module, extraglobs=known)
    assert result.attempted > 1
    assert result.failed == 0


def test_importing_the_package_does_not_import_torch():
    program = (
        "import sys, superficial, superficial.reporting.heads, superficial.heads.files; "
        "assert 'torch' not in sys.modules; from superficial import ResidualHead, extract; "
        "assert 'torch' in sys.modules; print(sorted(superficial.__all__))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "load_head" in done.stdout
    with pytest.raises(AttributeError, match="no attribute 'anything'"):
        superficial.anything  # noqa: B018
