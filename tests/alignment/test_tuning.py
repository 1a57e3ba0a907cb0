"""Fine-tuning on conversations: what is learned, and that an interrupted tuning ends like an undisturbed one."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from superficial.alignment.conversations import Conversation
from superficial.alignment.tuning import IGNORED_LABEL, choose_trained, optimizer_steps, tokenize_conversations, tune
from superficial.config.checkpoints import Lora, Tuning
from superficial.models.loading import load_model

SETTINGS = Tuning(epochs=2, batch_size=2, accumulation_steps=1, max_length=64, learning_rate=1e-2, save_steps=2, seed=1)


def conversations() -> list[Conversation]:
    return [Conversation(f"Say something about number {number}.", f"It is number {number}.") for number in range(8)]


def tokenized(tokenizer) -> list[dict]:
    return tokenize_conversations(conversations(), tokenizer, lambda one: tokenizer(one.question)["input_ids"], 64)


def test_only_the_response_and_its_end_are_learned(tiny_checkpoints):
    _, tokenizer = load_model(tiny_checkpoints / "llama")
    for row in tokenized(tokenizer):
        learned = [label for label in row["labels"] if label != IGNORED_LABEL]
        assert learned[-1] == tokenizer.eos_token_id
        assert tokenizer.decode(learned[:-1]).strip().startswith("It is number")
        assert row["input_ids"][-len(learned) :] == learned
    with pytest.raises(ValueError, match="None of 8 conversations has a response within 3 tokens"):
        tokenize_conversations(conversations(), tokenizer, lambda one: tokenizer(one.question)["input_ids"], 3)


@pytest.mark.parametrize("lora", [None, {"rank": 2, "alpha": 4}])
def test_the_responses_that_a_model_is_tuned_on_become_more_likely(tiny_checkpoints, tmp_path, lora):
    model, tokenizer = load_model(tiny_checkpoints / "llama")
    data = tokenized(tokenizer)

    def loss(of) -> float:
        rows = [{name: torch.tensor([row[name]]) for name in row} for row in data]
        with torch.no_grad():
            return sum(float(of(**row).loss) for row in rows) / len(rows)

    before = loss(model)
    settings = SETTINGS.model_copy(update={"lora": lora and Lora(**lora)})
    after = tune(model, tokenizer, data, settings, tmp_path)
    assert loss(after) < 0.9 * before
    after.save_pretrained(tmp_path / "saved")
    assert loss(load_in_float32(tmp_path / "saved")) == pytest.approx(loss(after), rel=1e-4)


def load_in_float32(folder: Path):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


class Stopped(Exception):
    pass


def test_an_interrupted_tuning_ends_like_an_undisturbed_one(tiny_checkpoints, tmp_path):
    def tuned(folder: Path, until: int | None = None):
        model, tokenizer = load_model(tiny_checkpoints / "llama")
        seen = []

        def advance(count: int) -> None:
            seen.append(count)
            if len(seen) == until:
                raise Stopped

        return tune(model, tokenizer, tokenized(tokenizer), SETTINGS, folder, advance), len(seen)

    whole, taken = tuned(tmp_path / "whole")
    assert taken == optimizer_steps(8, SETTINGS) == 8
    with pytest.raises(Stopped):
        tuned(tmp_path / "parts", until=5)
    again, taken = tuned(tmp_path / "parts")
    assert taken == 4, "it started over instead of resuming at the last saved state"
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_a_loss_that_is_not_finite_stops_the_tuning(tiny_checkpoints, tmp_path):
    model, tokenizer = load_model(tiny_checkpoints / "llama")
    with torch.no_grad():
        model.get_output_embeddings().weight.fill_(float("nan"))
    with pytest.raises(ValueError, match="The loss of this tuning is not finite"):
        tune(model, tokenizer, tokenized(tokenizer), SETTINGS, tmp_path)


def test_only_the_last_share_of_the_layers_or_the_untied_head_is_trained(tiny_checkpoints, tmp_path):
    for trained, changed_names in ((0.5, {"model.layers.1"}), ("head", {"lm_head.weight"})):
        model, tokenizer = load_model(tiny_checkpoints / "qwen-instruct")
        assert model.config.num_hidden_layers == 2
        before = {name: weight.clone() for name, weight in model.state_dict().items()}
        settings = SETTINGS.model_copy(update={"trained": trained, "epochs": 1})
        after = tune(model, tokenizer, tokenized(tokenizer), settings, tmp_path / str(trained)).state_dict()
        changed = {name for name, weight in after.items() if not torch.equal(weight, before.get(name, weight * 0))}
        assert changed
        assert all(any(name.startswith(start) for start in changed_names) for name in changed), changed
        if trained == "head":
            model.save_pretrained(tmp_path / "saved")
            saved = load_in_float32(tmp_path / "saved").state_dict()
            assert torch.equal(saved["lm_head.weight"], after["lm_head.weight"])
            assert torch.equal(saved["model.embed_tokens.weight"], before["model.embed_tokens.weight"])


def test_the_last_third_of_thirty_layers_is_ten(tiny_checkpoints):
    model, _ = load_model(tiny_checkpoints / "llama")
    layer = model.model.layers[0]
    model.model.layers = torch.nn.ModuleList([layer.__class__(model.config, index) for index in range(30)])
    choose_trained(model, 1 / 3)
    trained = [any(weight.requires_grad for weight in each.parameters()) for each in model.model.layers]
    assert trained == [False] * 20 + [True] * 10
    assert not model.lm_head.weight.requires_grad
