"""The tasks that extract, apply, inspect and compare heads, as a user types them, and their error messages."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from invoke import Context, Exit
from transformers import AutoModelForCausalLM

import tasks
from repro.engine.paths import ROOT, results_folder
from tests.heads.random_heads import random_residual_head
from tests.support.pair_files import write_pair
from tests.support.tiny_models import WORDS, tiny_model


@pytest.fixture
def pair(tmp_path, tokenizer, prompts):
    """Folders of a base and of an aligned model, and files of prompts, as lines of text and as JSONL."""
    write_pair(tmp_path, tokenizer, prompts)
    (tmp_path / "prompts.txt").write_text("\n".join([*prompts, "", prompts[0]]))
    (tmp_path / "prompts.jsonl").write_text("\n".join(json.dumps({"prompt": text, "id": 3}) for text in prompts))
    return tmp_path


def extract(folder, out, prompts="prompts.txt", **how):
    models = {name: str(folder / how.pop(name, name)) for name in ("base", "aligned")}
    how = {"max_new_tokens": 5} | how
    tasks.extract(Context(), **models, prompts=str(folder / prompts), out=str(folder / out), **how)


def refused(task, *arguments, **named) -> str:
    with pytest.raises(Exit) as stopped:
        task(*arguments, **named)
    assert stopped.value.code == 2
    assert "\n" not in stopped.value.message
    return stopped.value.message


def test_extract_inspect_apply_compare(pair, capsys):
    extract(pair, "head", licence="MIT")
    card = json.loads((pair / "head" / "card.json").read_text())
    assert card["base"]["name"] == "base" and card["aligned"]["name"] == "aligned"
    assert card["licence"] == "MIT" and card["prompts"]["count"] == 32 and card["format"] == 1
    printed = capsys.readouterr().out
    tasks.inspect(Context(), str(pair / "head"))
    assert capsys.readouterr().out == printed
    assert (
        f"{card['validation_kl_before']:.4f} nats without, {card['validation_kl_after']:.4f} with the head" in printed
    )
    rising = json.loads((pair / "head" / "inspect.json").read_text())["rises"][0]
    assert repr(rising["token"]) in printed and rising["token"] in WORDS

    extract(pair, "same", "prompts.jsonl", licence="MIT")
    assert json.loads((pair / "same" / "card.json").read_text()) == card
    extract(pair, "low", rank=2, seed=1)
    capsys.readouterr()
    tasks.compare(Context(), str(pair / "head"), str(pair / "same"))
    assert "cosine of the two changes: 1.0000" in capsys.readouterr().out
    tasks.compare(Context(), str(pair / "head"), str(pair / "low"))
    assert "for the same base model: yes" in capsys.readouterr().out

    tasks.apply(Context(), str(pair / "base"), str(pair / "head"), str(pair / "twice"), alpha="2")
    one, two = (AutoModelForCausalLM.from_pretrained(pair / name).lm_head.weight for name in ("base", "twice"))
    assert 0 < (two - one).abs().max().item() == pytest.approx(2 * card["largest_change"], rel=1e-4)
    tasks.apply(Context(), str(pair / "base"), str(pair / "head"), str(pair / "adapter"), lora=3)
    assert json.loads((pair / "adapter" / "adapter_config.json").read_text())["r"] == 3
    assert "head was made for base" in refused(
        tasks.apply, Context(), str(pair / "aligned"), str(pair / "head"), str(pair / "no")
    )
    assert not (pair / "no").exists()

    extract(pair, "black-box", k=6)
    assert "cannot be merged" in refused(
        tasks.apply, Context(), str(pair / "base"), str(pair / "black-box"), str(pair / "no")
    )
    assert "one kind and size" in refused(tasks.compare, Context(), str(pair / "head"), str(pair / "black-box"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompts": "none.txt"}, "There is no file of prompts"),
        ({"prompts": "empty.txt"}, "empty.txt has no prompts"),
        ({"prompts": "bad.jsonl"}, "line 2 is neither a text nor a JSON object with a field 'prompt'"),
        ({"prompts": "blank.jsonl"}, "line 1 has the prompt '  '"),
        ({"prompts": "latin.txt"}, "is not UTF-8 text"),
        ({"out": "base"}, "exists already; name a new folder"),
        ({"aligned": "nothing"}, "There is no folder"),
        ({"aligned": "words"}, "must share one vocabulary"),
        ({"aligned": "pickled"}, "no weights in safetensors"),
        ({"aligned": "cut"}, "cannot be read"),
        ({"k": -1}, "k is -1; it must be at least 0"),
        ({"k": 65}, "k is 65; it must be between 1 and the 64 tokens"),
        ({"k": 5, "rank": 5}, "only a residual head"),
        ({"epochs": -1, "k": 5}, "epochs is -1; it must be at least 0"),
        ({"epochs": 3}, "epochs is 3; only a black-box head, with k, is trained in epochs"),
    ],
)
def test_a_wrong_argument_is_named_before_a_model_generates(pair, tokenizer, monkeypatch, arguments, message):
    (pair / "empty.txt").write_text("\n  \n")
    (pair / "bad.jsonl").write_text('{"prompt": "w1"}\n{"question": "w2"}\n')
    (pair / "blank.jsonl").write_text('{"prompt": "  "}\n')
    (pair / "latin.txt").write_bytes(b"w1 \xe9\n")
    for name in ("words", "pickled", "cut"):
        shutil.copytree(pair / "aligned", pair / name)
    tokenizer.add_tokens(["one-more"])
    tokenizer.save_pretrained(pair / "words")
    (pair / "pickled" / "model.safetensors").rename(pair / "pickled" / "pytorch_model.bin")
    weights = pair / "cut" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])

    def generate(*_, **__):
        raise AssertionError("a model generated")

    monkeypatch.setattr("superficial.traces.tracing.generate", generate)
    assert message in refused(extract, pair, arguments.pop("out", "out"), **arguments)
    assert not (pair / "out").exists()


def test_other_tasks_name_a_wrong_argument_too(pair):
    for task in (tasks.inspect, lambda c, head: tasks.compare(c, head, head)):
        assert "has no card.json" in refused(task, Context(), str(pair / "base"))
    extract(pair, "head")
    alpha = {"base": str(pair / "base"), "head": str(pair / "head"), "out": str(pair / "no"), "alpha": "much"}
    assert "alpha is 'much'; it must be a number" in refused(tasks.apply, Context(), **alpha)
    lora = {"base": str(pair / "base"), "head": str(pair / "head"), "out": str(pair / "no"), "lora": 99}
    assert "rank is 99; it must be between 1 and 32" in refused(tasks.apply, Context(), **lora)
    (pair / "head" / "inspect.json").unlink()
    assert "has no inspect.json" in refused(tasks.inspect, Context(), str(pair / "head"))


def test_names_and_prompts_with_shell_characters_are_only_texts(pair):
    odd = pair / "a b; $(touch pwned) `touch pwned` & {x} 'q' ü"
    shutil.copytree(pair, odd, ignore=shutil.ignore_patterns("a b*"))
    lines = (odd / "prompts.txt").read_text().splitlines()
    (odd / "$(touch pwned).txt").write_text("\n".join(["; touch pwned", "`touch pwned` $(touch pwned)", *lines]))
    extract(odd, "head | touch pwned", "$(touch pwned).txt")
    tasks.apply(Context(), str(odd / "base"), str(odd / "head | touch pwned"), str(odd / "merged > pwned"))
    assert (odd / "merged > pwned" / "model.safetensors").is_file()
    assert not [path for place in (pair, Path.cwd()) for path in place.rglob("pwned")]


@pytest.mark.parametrize(
    ("template", "prompts", "message"),
    [
        ("<user> hello <assistant>", "w1\nw2\n", "drops or changes the user's text"),
        ("{{ raise_exception('no') }}", "w1\nw2\n", "fails on a user's turn: no"),
        ("{{ messages[0].content }}", "w1\nw2 <end>\n", "'w2 <end>' ends in the end token 0"),
    ],
)
def test_templates_and_prompts_are_checked_before_a_model_is_loaded(
    pair, tokenizer, monkeypatch, template, prompts, message
):
    def load_model(*_, **__):
        raise AssertionError("a model was loaded")

    tokenizer.chat_template = template
    tokenizer.save_pretrained(pair / "aligned")
    (pair / "prompts.txt").write_text(prompts)
    monkeypatch.setattr("superficial.models.pair.load_model", load_model)
    assert message in refused(extract, pair, "out")
    assert not (pair / "out").exists()


@pytest.mark.parametrize(
    ("alpha", "message"),
    [
        ("nan", "The strength is nan; it must be a finite number"),
        ("inf", "The strength is inf"),
        ("1e39", "The strength is 1e+39"),
        ("1e9", "At strength 1e+09 the output head would not be finite in float16"),
        ("strong", "alpha is 'strong'; it must be a number"),
    ],
)
@pytest.mark.parametrize("lora", [0, 2])
def test_a_strength_that_gives_no_finite_weights_writes_nothing(tmp_path, tokenizer, alpha, message, lora):
    base = tiny_model("llama", 0, torch.float16)
    base.save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    random_residual_head(AutoModelForCausalLM.from_pretrained(tmp_path / "base"), tokenizer).save(tmp_path / "head")
    folders = {name: str(tmp_path / name) for name in ("base", "head", "out")}
    assert message in refused(tasks.apply, Context(), **folders, alpha=alpha, lora=lora)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base", "head"]


@torch.no_grad()
@pytest.mark.parametrize("role", ["base", "aligned"])
def test_a_model_with_a_state_that_is_not_finite_gives_no_head(pair, role, tokenizer):
    """One word of one prompt has a NaN embedding, which no check of the model alone can see."""
    model = AutoModelForCausalLM.from_pretrained(pair / role)
    model.get_input_embeddings().weight[WORDS.index("w60")] = float("nan")
    model.save_pretrained(pair / role)
    (pair / "prompts.txt").write_text("w1 w2\nw3 w60 w4\nw5\n")
    message = refused(extract, pair, "out")
    assert f"/{role} are not finite after " in message
    assert not (pair / "out").exists()


def test_notes_are_lines(tmp_path, tokenizer, capsys):
    """A tied base and a head of other versions: two notes on stderr, and the task goes on."""
    tiny_model("gemma", 0).save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    random_residual_head(AutoModelForCausalLM.from_pretrained(tmp_path / "base"), tokenizer).save(tmp_path / "head")
    card = json.loads((tmp_path / "head" / "card.json").read_text())
    (tmp_path / "head" / "card.json").write_text(json.dumps(card | {"transformers": "4.0"}))
    folders = {name: str(tmp_path / name) for name in ("base", "head", "out")}
    capsys.readouterr()
    tasks.apply(Context(), **folders, lora=2)
    shown = capsys.readouterr()
    assert shown.out == f"{folders['out']}\n"
    notes = [line for line in shown.err.splitlines() if line.startswith("note: ")]
    assert len(notes) == 2
    assert notes[0].startswith(f"note: {folders['head']} was saved with transformers 4.0, and this is transformers ")
    assert notes[1].startswith(f"note: {folders['out']}: The output head of this base model shares its weights")


@torch.no_grad()
def test_a_head_of_a_padded_vocabulary_is_inspected(pair, capsys):
    """Models may have more output rows than tokens, as Qwen2.5 has; here one of them changes most."""
    for name in ("base", "aligned"):
        model = AutoModelForCausalLM.from_pretrained(pair / name)
        model.resize_token_embeddings(len(WORDS) + 8, mean_resizing=False)
        if name == "aligned":
            model.lm_head.weight[70] = -5 * model.lm_head.weight[:64].mean(0)
        model.save_pretrained(pair / name)
    extract(pair, "head")
    tasks.inspect(Context(), str(pair / "head"))
    assert "residual head dW 72 x 32" in capsys.readouterr().out
    inspection = json.loads((pair / "head" / "inspect.json").read_text())
    changes = inspection["rises"] + inspection["falls"]
    assert {change["token"] for change in changes if change["id"] >= 64} & {"<70>"}
    assert all(change["token"] == WORDS[change["id"]] for change in changes if change["id"] < 64)


def test_every_path_may_begin_with_the_home_folder(pair, monkeypatch, capsys):
    """Shells replace the ~ of `--out ~/head`, and leave that of `--out=~/head`."""
    monkeypatch.setenv("HOME", str(pair))
    models = {"base": "~/base", "aligned": "~/aligned"}
    tasks.extract(Context(), **models, prompts="~/prompts.txt", out="~/head", max_new_tokens=2)
    tasks.inspect(Context(), "~/head")
    tasks.compare(Context(), "~/head", "~/head")
    tasks.apply(Context(), "~/base", "~/head", "~/merged")
    tasks.apply(Context(), "~/base", "~/head", "~/adapter", lora=2)
    assert {"head", "merged", "adapter"} <= {path.name for path in pair.iterdir()}
    monkeypatch.setenv("SUPERFICIAL_RESULTS", "~/results")
    assert results_folder("lab") == pair / "results" / "lab"
    monkeypatch.setenv("SUPERFICIAL_RESULTS", "")
    assert results_folder("lab") == ROOT / "results" / "lab"
    assert "no folder ~nobody-of-this-name" in refused(tasks.apply, Context(), "~nobody-of-this-name/a", "~/head", "x")
