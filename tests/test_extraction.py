"""Extracting a head from a pair: what comes back, what it says of itself, and the examples of the documentation."""

import copy
import doctest
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from scipy.stats import entropy

import superficial
from superficial.distillation.black_box import top_k
from superficial.heads import extraction
from superficial.heads import head as heads
from superficial.heads.extraction import LOGIT, RESIDUAL, extract
from superficial.heads.head import LogitHead, ResidualHead
from superficial.heads.inspection import compare_heads, energy_by_rank
from superficial.heads.merging import merge
from superficial.models.identity import identify
from tests.support.tiny_models import tiny_model

# Drawn by seed 0: a tenth of the 32 prompts.
VALIDATION = torch.randperm(32, generator=torch.Generator().manual_seed(0))[:3].tolist()


def pair(architecture="llama"):
    """An aligned model that is the base with another head: all of its alignment is superficial."""
    base, aligned = tiny_model(architecture, 0), tiny_model(architecture, 0)
    torch.manual_seed(9)
    merge(aligned, 0.3 * torch.randn_like(aligned.get_output_embeddings().weight))
    return base, aligned


def in_step(base, aligned, tokenizer, prompt, limit):
    """The paper's loop: the aligned model decodes its chat turn, the base reads the same response after plain text."""
    plain = tokenizer(prompt)["input_ids"]
    turn = tokenizer(f"<user> {prompt} <assistant>")["input_ids"]
    made, rows = [], []
    while len(made) < limit and 0 not in made:
        seen = base(input_ids=torch.tensor([plain + made]), output_hidden_states=True)
        teacher = aligned(input_ids=torch.tensor([turn + made])).logits[0, -1]
        rows.append((seen.hidden_states[-1][0, -1], seen.logits[0, -1], teacher))
        made.append(int(teacher.argmax()))
    return rows


def mean_kl(teachers, students) -> float:
    pairs = zip(teachers, students, strict=True)
    return sum(entropy(t.double().softmax(0), s.double().softmax(0)) for t, s in pairs) / len(teachers)


@pytest.mark.parametrize("architecture", ["llama", "gemma", "phi"])
@torch.no_grad()
def test_card_and_inspection_say_what_the_papers_loop_measures(tokenizer, prompts, architecture):
    base, aligned = pair(architecture)
    head = extract(base, aligned, tokenizer, prompts, settings=replace(RESIDUAL, epochs=60), max_new_tokens=6)
    card, seen = head.card, head.inspection
    assert card["prompts"]["count"] == 32
    assert card["validation_kl_after"] < card["validation_kl_before"]

    rows = [row for i in VALIDATION for row in in_step(base, aligned, tokenizer, prompts[i], 6)]
    hidden, logits, teachers = zip(*rows, strict=True)
    before = mean_kl(teachers, logits)
    after = mean_kl(teachers, [one + head.delta @ h for one, h in zip(logits, hidden, strict=True)])
    assert card["positions"]["validation"] == len(rows) == sum(row["prompts"] for row in seen["kl_by_position"])
    assert card["validation_kl_before"] == pytest.approx(before, rel=1e-3) == seen["kl"]["base"]
    assert card["validation_kl_after"] == pytest.approx(after, rel=1e-3) == seen["kl"]["superficial"]

    change = torch.stack([head.delta @ state for state in hidden]).mean(0)
    change -= change.mean()
    first = change.argsort(descending=True)[:20].tolist()
    assert [row["id"] for row in seen["rises"]] == first
    assert [row["token"] for row in seen["rises"]] == [tokenizer.decode([i]) for i in first]
    assert [row["mean_change"] for row in seen["falls"]] == pytest.approx(sorted(change.tolist())[:20], abs=1e-4)


@torch.no_grad()
def test_black_box_knowledge_is_extracted_likewise(tokenizer, prompts):
    base, aligned = pair()
    settings = replace(LOGIT, epochs=60, learning_rate=0.01)
    head = extract(base, aligned, tokenizer, prompts, k=12, settings=settings, max_new_tokens=6)
    rows = [row for i in VALIDATION for row in in_step(base, aligned, tokenizer, prompts[i], 6)]
    _, logits, teachers = zip(*rows, strict=True)
    after = mean_kl(teachers, [one + head.weight @ top_k(one[None], 12)[0] for one in logits])
    assert head.card["k"] == head.k == 12
    assert head.card["validation_kl_after"] == pytest.approx(after, rel=1e-3)
    assert head.card["validation_kl_after"] < head.card["validation_kl_before"]
    with pytest.raises(ValueError, match="k is 65; it must be between 1 and the 64"):
        extract(base, aligned, tokenizer, prompts, k=65)


def test_what_is_no_pair_is_refused_at_once(tokenizer, prompts):
    base, aligned = pair()
    with pytest.raises(ValueError, match="1 different prompts; at least two"):
        extract(base, aligned, tokenizer, [prompts[0]] * 5)
    aligned.resize_token_embeddings(70)
    with pytest.raises(ValueError, match=r"64 rows \(base\) and 70 \(aligned\)"):
        extract(base, aligned, tokenizer, prompts)


def test_black_box_knowledge_that_would_not_fit_is_refused(tokenizer, prompts, monkeypatch):
    base, aligned = pair()
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=64 * 64 * 4 * 5 - 1))
    with pytest.raises(ValueError, match="knowledge of 64 tokens takes"):
        extract(base, aligned, tokenizer, prompts, k=5)
    extract(base, aligned, tokenizer, prompts, max_new_tokens=2, settings=replace(RESIDUAL, epochs=1))


def test_a_model_is_named_as_its_hub_or_its_folder_does(tokenizer, tmp_path):
    model = tiny_model("llama", 0)
    named = {"unnamed": "", "somebody/tiny": "somebody/tiny", tmp_path.name: str(tmp_path)}
    for name, path in named.items():
        model.name_or_path = path
        assert (identify(model, tokenizer).name, identify(model, tokenizer).revision) == (name, None)
    model.name_or_path = "/cache/models--somebody--tiny/snapshots/0123abc"
    found = identify(model, tokenizer)
    assert (found.name, found.revision) == ("somebody/tiny", "0123abc")
    model.lm_head.weight.data[5, 5] += 1
    assert identify(model, tokenizer).weights != found.weights


def test_energy_by_rank_is_that_of_the_singular_values():
    matrix = torch.randn(40, 12)
    squares = torch.linalg.svdvals(matrix.double()).square()
    expected = {rank: (squares[:rank].sum() / squares.sum()).item() for rank in (1, 2, 4, 8, 12)}
    assert dict(energy_by_rank(matrix)) == pytest.approx(expected)
    assert dict(energy_by_rank(torch.outer(torch.ones(5), torch.arange(3.0)))) == {1: 1.0}
    assert energy_by_rank(torch.zeros(4, 3)) == []


def test_comparing_heads():
    torch.manual_seed(0)
    one = ResidualHead(torch.randn(40, 12))
    same = compare_heads(one, one.at(-2.0))
    assert same["cosine"] == pytest.approx(-1)
    assert same["norms"][1] == pytest.approx(2 * same["norms"][0])
    assert [row["rank"] for row in same["overlap_by_rank"]] == [1, 2, 4, 8, 12]
    assert [row["overlap"] for row in same["overlap_by_rank"]] == pytest.approx([1] * 5)
    axes = torch.eye(12)
    apart = compare_heads(ResidualHead(torch.randn(40, 3) @ axes[:3]), ResidualHead(torch.randn(40, 3) @ axes[3:6]))
    assert [row["overlap"] for row in apart["overlap_by_rank"]] == pytest.approx([0] * 3, abs=1e-9)
    with pytest.raises(ValueError, match=r"a residual head of \(40, 12\) and a logit head of \(40, 40\)"):
        compare_heads(one, LogitHead(torch.zeros(40, 40), 3))


@pytest.mark.parametrize("module", [superficial, heads, extraction])
def test_the_examples_of_the_documentation_run(module, tmp_path, tokenizer, prompts):
    base, aligned = pair()
    known = {name: getattr(superficial, name) for name in superficial.__all__}
    known |= {"copy": copy, "base": base, "aligned": aligned, "tokenizer": tokenizer, "prompts": prompts}
    known |= {"folder": tmp_path, "question": tokenizer(["w1 w2"], return_tensors="pt", return_token_type_ids=False)}
    if module is superficial:
        for name, model in (("base", base), ("aligned", aligned)):
            model.save_pretrained(tmp_path / name)
            tokenizer.save_pretrained(tmp_path / name)
    if module is heads:
        known["head"] = extract(base, aligned, tokenizer, prompts, max_new_tokens=4)
        known["logit_head"] = extract(base, aligned, tokenizer, prompts, k=5, max_new_tokens=4)
    found = doctest.testmod(module, extraglobs=known)
    assert found.attempted > 3
    assert found.failed == 0


def test_the_package_gives_its_interface_without_waiting_for_torch():
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
