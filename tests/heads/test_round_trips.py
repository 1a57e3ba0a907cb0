"""A head leaves this library and comes back: as a checkpoint, a LoRA adapter, a processor, a GGUF file."""

import copy
import json
import warnings

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from superficial.distillation.black_box import top_k
from superficial.heads.checkpoint import apply_head
from superficial.heads.head import LogitHead, ResidualHead, load_head
from superficial.models.checks import check_linear_head
from superficial.models.identity import identify
from superficial.models.loading import load_model
from superficial.traces.output_head import OutputHead
from tests.support.tiny_models import ARCHITECTURES, TIED, WITH_BIAS, tiny_model

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def residual_head(model, tokenizer, rank: int = 32) -> ResidualHead:
    generator = torch.Generator().manual_seed(3)
    vocabulary, width = model.get_output_embeddings().weight.shape
    delta = torch.randn(vocabulary, rank, generator=generator) @ torch.randn(rank, width, generator=generator)
    return ResidualHead(0.3 * delta / rank**0.5, card={"base": vars(identify(model, tokenizer)), "rank": rank})


def questions(tokenizer, prompts):
    return tokenizer(prompts, padding=True, return_tensors="pt", return_token_type_ids=False)


def answers(model, tokenizer, prompts, **how) -> list[list[int]]:
    """Twelve new tokens a prompt, by transformers' own generate."""
    how = {"do_sample": False} | how
    asked = questions(tokenizer, prompts)
    made = model.generate(**asked, max_new_tokens=12, pad_token_id=0, **how)
    return made[:, asked["input_ids"].shape[1] :].tolist()


@torch.no_grad()
def loop(model, head: ResidualHead, tokenizer, prompt: str) -> list[int]:
    """The definition, step by step: l_b + alpha dW h_b, the largest but the end token."""
    ids, made = tokenizer(prompt)["input_ids"], []
    for _ in range(12):
        seen = model(input_ids=torch.tensor([ids + made]), output_hidden_states=True)
        logits = seen.logits[0, -1] + head.alpha * head.delta @ seen.hidden_states[-1][0, -1]
        made.append(int(logits.argmax()))
    return made


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_merged_checkpoint_says_what_base_and_head_say_in_memory(tmp_path, tokenizer, prompts, architecture, dtype):
    prompts = prompts[:8]
    base = tiny_model(architecture, 0, DTYPES[dtype])
    base.save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "base", dtype="auto").eval()
    head = residual_head(base, tokenizer).at(0.7)
    head.save(tmp_path / "head")

    alone = answers(base, tokenizer, prompts)
    state = {name: value.clone() for name, value in base.state_dict().items()}
    with head.attached(base) as processors:
        expected = answers(base, tokenizer, prompts, logits_processor=processors)
    assert expected != alone

    apply_head(str(tmp_path / "base"), tmp_path / "head", tmp_path / "merged")
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path / "merged", dtype="auto").eval()
    assert reloaded.dtype == DTYPES[dtype]
    assert answers(reloaded, tokenizer, prompts) == expected
    assert reloaded.config.tie_word_embeddings is False
    if dtype == "float32":
        assert expected[:2] == [loop(base, head, tokenizer, prompt) for prompt in prompts[:2]]

    assert answers(base, tokenizer, prompts) == alone
    assert all(torch.equal(value, state[name]) for name, value in base.state_dict().items())
    tied = base.get_output_embeddings().weight is base.get_input_embeddings().weight
    assert tied == (architecture in TIED) == base.config.tie_word_embeddings
    if architecture in TIED:
        assert torch.equal(reloaded.get_input_embeddings().weight, base.get_input_embeddings().weight)
    kept = PreTrainedTokenizerFast.from_pretrained(tmp_path / "merged")
    assert kept.chat_template == tokenizer.chat_template
    assert kept.get_vocab() == tokenizer.get_vocab()


@pytest.mark.parametrize("architecture", [*TIED, *WITH_BIAS])
def test_what_ties_weights_later_leaves_a_merged_head_alone(architecture, tokenizer):
    model = tiny_model(architecture, 0)
    head = residual_head(model, tokenizer)
    expected = model.get_output_embeddings().weight + head.delta
    head.attach(model)
    model.tie_weights()
    assert torch.equal(model.get_output_embeddings().weight, expected)


@pytest.mark.parametrize("architecture", WITH_BIAS)
def test_a_bias_stays_and_is_read(architecture, tokenizer):
    model = tiny_model(architecture, 1)
    check_linear_head(model)
    head = OutputHead.of(model)
    ids = torch.tensor([[3, 4, 5]])
    with torch.no_grad():
        seen = model(input_ids=ids)
        hidden = model.get_decoder()(input_ids=ids).last_hidden_state
    torch.testing.assert_close(head.logits(hidden), seen.logits)
    assert head.bias is not None and head.bias.abs().max() > 0.1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("architecture", ["llama", "gemma", "gpt2", "phi"])
def test_peft_reads_the_adapter_as_the_same_head(tmp_path, tokenizer, prompts, architecture, dtype):
    base = tiny_model(architecture, 0, DTYPES[dtype])
    head = residual_head(base, tokenizer, rank=4).at(0.8)
    head.save_lora(base, tmp_path / "adapter")
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert config["r"] == 4
    with warnings.catch_warnings():
        # peft warns of every adapter on a tied head; this one is never merged by peft.
        warnings.simplefilter("ignore")
        adapted = PeftModel.from_pretrained(copy.deepcopy(base), tmp_path / "adapter").eval()
    asked = questions(tokenizer, prompts)
    with head.attached(base), torch.no_grad():
        expected = base(**asked).logits
        tokens = answers(base, tokenizer, prompts)
    with torch.no_grad():
        found = adapted(**asked).logits
    tolerance = 1e-4 if dtype == "float32" else 0.03
    torch.testing.assert_close(found, expected, atol=tolerance * expected.abs().max().item(), rtol=0)
    if dtype == "float32":
        assert answers(adapted, tokenizer, prompts) == tokens


def test_a_truncated_head_is_the_nearest_of_its_rank(tokenizer):
    head = residual_head(tiny_model("llama", 0), tokenizer)
    short = head.truncated(5)
    assert torch.linalg.matrix_rank(short.delta) == 5
    values = torch.linalg.svdvals(head.delta)
    torch.testing.assert_close(torch.linalg.norm(head.delta - short.delta), values[5:].square().sum().sqrt())
    assert short.card["rank"] == 5
    with pytest.raises(ValueError, match="rank is 33; it must be between 1 and 32"):
        head.truncated(33)


class Changed(torch.nn.Module):
    """The reference of black-box knowledge: a head module that gives changed logits in every forward pass."""

    def __init__(self, own, head: LogitHead) -> None:
        super().__init__()
        self.own, self.head = own, head
        self.weight = own.weight

    def forward(self, hidden):
        logits = self.own(hidden)
        return logits + self.head.alpha * top_k(logits, self.head.k) @ self.head.weight.T


@pytest.fixture
def black_box():
    generator = torch.Generator().manual_seed(5)
    return LogitHead(0.2 * torch.randn(64, 64, generator=generator), 9, alpha=0.6)


WAYS = {
    "greedy": {},
    "beams": {"num_beams": 4},
    "beams that end": {"num_beams": 3, "length_penalty": 2.0, "early_stopping": True, "eos_token_id": 43},
    "sampling": {"do_sample": True, "temperature": 0.7, "top_p": 0.9, "top_k": 20},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_black_box_knowledge_generates_as_a_model_with_changed_logits(tokenizer, prompts, black_box, architecture, way):
    base = tiny_model(architecture, 2)
    changed = copy.deepcopy(base)
    changed.set_output_embeddings(Changed(changed.get_output_embeddings(), black_box))
    torch.manual_seed(11)
    expected = answers(changed, tokenizer, prompts, **WAYS[way])
    torch.manual_seed(11)
    with black_box.attached(base) as processors:
        found = answers(base, tokenizer, prompts, logits_processor=processors, **WAYS[way])
    assert found == expected
    torch.manual_seed(11)
    assert answers(base, tokenizer, prompts, **WAYS[way]) != expected


def test_black_box_knowledge_is_the_same_alone_and_in_a_batch_of_32(tokenizer, prompts, black_box):
    base = tiny_model("llama", 2)
    processors = black_box.attach(base)
    together = answers(base, tokenizer, prompts, logits_processor=processors)
    assert len({len(prompt.split()) for prompt in prompts}) > 3
    assert together == [answers(base, tokenizer, [prompt], logits_processor=processors)[0] for prompt in prompts]


def test_black_box_knowledge_passes_over_tokens_that_are_ruled_out(tokenizer, prompts, black_box):
    base = tiny_model("llama", 2)
    allowed = [5, 6, 7]
    processors = black_box.attach(base)
    found = answers(base, tokenizer, prompts, logits_processor=processors, prefix_allowed_tokens_fn=lambda *_: allowed)
    assert {token for answer in found for token in answer} <= set(allowed)
    scores = torch.full((1, 64), -torch.inf)
    scores[0, allowed] = torch.tensor([1.0, 2.0, 3.0])
    (processor,) = processors
    assert processor(torch.zeros(1, 1), scores)[0, allowed].isfinite().all()


@pytest.mark.parametrize("kind", ["residual", "logit"])
def test_a_saved_head_comes_back_and_knows_its_model(tmp_path, tokenizer, black_box, kind):
    model, other = tiny_model("llama", 0), tiny_model("llama", 1)
    about = {"base": vars(identify(model, tokenizer)), "licence": "MIT"}
    head = residual_head(model, tokenizer).at(0.4) if kind == "residual" else black_box
    head = type(head)(**{**vars(head), "card": about, "inspection": {"format": 1}})
    head.save(tmp_path / "head")
    back = load_head(tmp_path / "head", model, tokenizer)
    hidden, logits = torch.randn(3, 32), torch.randn(3, 64)
    torch.testing.assert_close(back.student(hidden, logits), head.student(hidden, logits), rtol=0, atol=0)
    assert back.card["licence"] == "MIT" and back.inspection == {"format": 1}
    assert not [path for path in (tmp_path / "head").iterdir() if path.suffix not in (".json", ".safetensors")]

    other.name_or_path = "somebody/other"
    if kind == "residual":
        with pytest.raises(ValueError, match=r"made for unnamed \(weights \w+\), and this is somebody/other"):
            load_head(tmp_path / "head", other, tokenizer)
        load_head(tmp_path / "head", copy.deepcopy(model).to(torch.bfloat16), tokenizer)
        head.attach(model)
        with pytest.raises(ValueError, match="made for"):
            load_head(tmp_path / "head", model, tokenizer)
    else:
        load_head(tmp_path / "head", other, tokenizer)
        tokenizer.add_tokens(["new"])
        with pytest.raises(ValueError, match=r"made for unnamed \(vocabulary \w+\), and this is somebody/other"):
            load_head(tmp_path / "head", other, tokenizer)
    with pytest.raises(ValueError, match="exists already"):
        head.save(tmp_path / "head")


def test_damaged_and_foreign_folders_are_no_heads(tmp_path, tokenizer):
    head = residual_head(tiny_model("llama", 0), tokenizer)
    head.save(tmp_path / "head")
    with pytest.raises(ValueError, match=r"nowhere holds no card\.json"):
        load_head(tmp_path / "nowhere")
    card = json.loads((tmp_path / "head" / "card.json").read_text())
    (tmp_path / "head" / "card.json").write_text(json.dumps(card | {"format": 99}))
    with pytest.raises(ValueError, match="format 99; this package reads formats up to 1"):
        load_head(tmp_path / "head")
    (tmp_path / "head" / "card.json").write_text("{")
    with pytest.raises(ValueError, match="is not JSON"):
        load_head(tmp_path / "head")
    (tmp_path / "head" / "card.json").write_text(json.dumps(card))
    tensors = tmp_path / "head" / "head.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"head\.safetensors can not be read"):
        load_head(tmp_path / "head")


def test_a_soft_cap_is_refused_even_where_logits_are_small(tmp_path, tokenizer):
    config = ARCHITECTURES["gemma"] | {"initializer_range": 0.01, "final_logit_softcapping": 30.0}
    from transformers import Gemma2Config, Gemma2ForCausalLM

    Gemma2ForCausalLM(Gemma2Config(**config)).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"gemma2 changes its logits after the output head .* as a soft cap"):
        load_model(tmp_path)
    Gemma2ForCausalLM(Gemma2Config(**config | {"final_logit_softcapping": None})).save_pretrained(tmp_path)
    load_model(tmp_path)


def test_weights_that_are_only_pickled_are_refused(tmp_path, tokenizer):
    model = tiny_model("llama", 0)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match="no weights in safetensors"):
        load_model(tmp_path)


def test_a_chat_template_survives_in_plain_transformers(tmp_path, tokenizer):
    base = tiny_model("qwen2", 0)
    base.save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    residual_head(base, tokenizer).save(tmp_path / "head")
    apply_head(str(tmp_path / "base"), tmp_path / "head", tmp_path / "merged")
    turn = [{"role": "user", "content": "w1 w2"}]
    read = [AutoTokenizer.from_pretrained(tmp_path / name) for name in ("base", "merged")]
    one, two = (each.apply_chat_template(turn, add_generation_prompt=True, tokenize=False) for each in read)
    assert one == two == "<user> w1 w2 <assistant>"
