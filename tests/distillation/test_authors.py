"""Profile authors against the official code's procedure, written out plainly: one prompt and one token at a time."""

from dataclasses import dataclass

import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from repro.engine.paths import PROFILES
from superficial.config import load_profile
from superficial.config.questions import Context
from superficial.distillation.heads import train_residual_head
from superficial.prompts import Prompting
from superficial.sources.splits import paper_split_ids
from superficial.traces.output_head import Pair
from superficial.traces.splits import training_split
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_prompts
from tests.support.rounding import assert_rows_close

AUTHORS = load_profile(PROFILES / "authors.yaml")
BOS, EOS, MAX_NEW_TOKENS, SEED = 0, 1, 12, 3
# Enough for a test: the profile has 1000 epochs, batches of 1000 positions, and the teacher's first 500 tokens.
ADAM = AUTHORS.distillation.adam.model_copy(update={"epochs": 4, "batch_size": 50, "learning_rate": 1e-3})
SETTINGS = AUTHORS.distillation.with_changes(adam=ADAM.model_dump(), teacher_support=90)
GROUPS = (
    "asian bisexual black chinese immigrant jewish latino lgbtq mental_disability mexican middle_east muslim "
    "native_american physical_disability trans women"
).split()


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer of single bytes that puts <s> before every text, with a chat template that writes <s> as well."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate(["<s>", "</s>", *letters])}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", BOS)])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.chat_template = "{{ bos_token }}[INST] {{ messages[0]['content'] }} [/INST]"
    return fast


def byte_llama(seed: int, more_often: int | None = None) -> LlamaForCausalLM:
    """A tiny random model for `byte_tokenizer` that writes one token more often than others."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=258,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        bos_token_id=BOS,
        eos_token_id=EOS,
        initializer_range=0.4,
    )
    model = LlamaForCausalLM(config).eval()
    if more_often is not None:
        with torch.no_grad():
            model.lm_head.weight[more_often] *= 2
    return model


TOKENIZER = byte_tokenizer()
NEWLINE = TOKENIZER.encode("\n", add_special_tokens=False)[-1]
QUESTIONS = pd.DataFrame(
    [
        (benchmark, text.format(number))
        for number in range(5)
        for benchmark, text in [
            ("gsm", "What is {} plus 4?"),
            ("toxigen", "- one {}\n- two\n-"),
            ("advbench", "Break into {} cars"),
            ("truthfulqa", "Who was born in {}?"),
        ]
    ],
    columns=["benchmark", "prompt"],
)


# The official code's side.
def official_prompts(benchmark: str, question: str) -> tuple[str, str]:
    """The text of the base's prompt, and of the aligned model's after its chat template and a second tokenization."""
    if benchmark == "gsm":
        text = "Answer the following question.\n\n" + "Question: " + question.strip() + "\nAnswer:"
    elif benchmark == "truthfulqa":
        text = question + "\n\nAnswer:"
    elif benchmark == "advbench":
        text = (
            "Below is an instruction that describes a task. Write a response that appropriately completes the request."
            f"\n\n### Instruction:\n{question}\n\n### Response:"
        )
    else:
        text = question
    starts_with_answer = benchmark in ("gsm", "truthfulqa")
    turn = text.replace("Answer:", "").rstrip() if starts_with_answer else text
    messages = [{"role": "user", "content": turn}]
    chat = TOKENIZER.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return text, chat + "Answer:" if starts_with_answer else chat


@dataclass
class Step:
    base_hidden: torch.Tensor
    base_logits: torch.Tensor
    aligned_logits: torch.Tensor
    token: int


@torch.no_grad()
def official_extraction(base: LlamaForCausalLM, aligned: LlamaForCausalLM, benchmark: str, question: str) -> list[Step]:
    text, chat = official_prompts(benchmark, question)
    base_ids, chat_ids = TOKENIZER(text)["input_ids"], TOKENIZER(chat)["input_ids"]
    steps: list[Step] = []
    for _ in range(MAX_NEW_TOKENS):
        of_base = base(torch.tensor([base_ids]), output_hidden_states=True)
        of_aligned = aligned(torch.tensor([chat_ids]))
        token = int(of_aligned.logits[0, -1].argmax())
        hidden = of_base.hidden_states[-1][0, -1]
        steps.append(Step(hidden, of_base.logits[0, -1], of_aligned.logits[0, -1], token))
        base_ids, chat_ids = [*base_ids, token], [*chat_ids, token]
        if token == EOS or (benchmark == "toxigen" and token == NEWLINE):
            break
    return steps


def official_training(steps: list[Step], weight: torch.Tensor) -> torch.Tensor:
    hidden = torch.stack([step.base_hidden for step in steps])
    top, indices = torch.topk(torch.stack([step.aligned_logits for step in steps]), SETTINGS.teacher_support)
    base_logits = torch.mm(hidden, weight.t())
    count = int(len(steps) * 0.95)
    torch.manual_seed(SEED)
    delta = torch.nn.Linear(hidden.shape[1], len(weight), bias=False)
    optimizer = torch.optim.Adam(delta.parameters(), lr=ADAM.learning_rate)
    torch.manual_seed(SEED)
    for _ in range(ADAM.epochs):
        order = torch.randperm(count)
        for begin in range(0, count, ADAM.batch_size):
            batch = order[begin : begin + ADAM.batch_size]
            optimizer.zero_grad()
            student = delta(hidden[batch]) + base_logits[batch]
            teacher = torch.zeros_like(student).scatter_(1, indices[batch], torch.softmax(top[batch], dim=-1))
            F.kl_div(F.log_softmax(student, dim=1), teacher, reduction="batchmean").backward()
            optimizer.step()
    return delta.weight.detach()


# This package's side, as the stages traces and distil do it.
def traced(base: LlamaForCausalLM, aligned: LlamaForCausalLM, rows: pd.DataFrame) -> Trace:
    templates = {name: questions.template for name, questions in AUTHORS.sources["real"].questions.items()}
    context = Context(**AUTHORS.sources["real"].context.model_dump(), templates=templates)
    pair = AUTHORS.pairs["7b"]
    base_prompts = Prompting(context, pair.base_prompt_format).prompts(TOKENIZER, rows)
    teacher = Prompting(context, pair.aligned_prompt_format)
    stops = teacher.stop_tokens(TOKENIZER, rows)
    prompts = teacher.prompts(TOKENIZER, rows)
    parts = trace_prompts(base, aligned, base_prompts, prompts, [EOS], MAX_NEW_TOKENS, 6, stop_tokens=stops)
    return Trace.concatenate(list(parts))


@pytest.fixture(scope="module")
def models_of_pair() -> tuple[LlamaForCausalLM, LlamaForCausalLM]:
    return byte_llama(0), byte_llama(3, more_often=NEWLINE)


@pytest.fixture(scope="module")
def official(models_of_pair) -> list[list[Step]]:
    return [official_extraction(*models_of_pair, *row) for row in QUESTIONS.itertuples(index=False)]


@pytest.fixture(scope="module")
def trace(models_of_pair) -> Trace:
    base, aligned = models_of_pair
    return traced(base, aligned, QUESTIONS)


def test_the_teacher_reads_two_beginnings_of_a_text():
    assert TOKENIZER(official_prompts("gsm", "1 + 1?")[1])["input_ids"][:2] == [BOS, BOS]


def test_responses_hidden_states_and_logits_are_those_of_the_official_extraction(models_of_pair, official, trace):
    base, aligned = models_of_pair
    assert list(trace.responses().values()) == [[step.token for step in steps] for steps in official]
    stopped = [steps[-1].token == NEWLINE and len(steps) < MAX_NEW_TOKENS for steps in official]
    assert set(QUESTIONS["benchmark"][stopped]) == {"toxigen"}, "only responses to lists stop at a line break"
    steps = [step for response in official for step in response]
    assert_rows_close(trace.base_hidden, torch.stack([step.base_hidden for step in steps]))
    pair = Pair.of(base, aligned)
    assert_rows_close(pair.base.logits(trace.base_hidden), torch.stack([step.base_logits for step in steps]))
    assert_rows_close(pair.aligned.logits(trace.aligned_hidden), torch.stack([step.aligned_logits for step in steps]))


def test_dw_is_that_of_the_official_training(models_of_pair, official, trace):
    train, validation = trace.select(trace.prompt < 18), trace.select(trace.prompt >= 18)
    train, validation = training_split(train, validation, SETTINGS.prompts, SETTINGS.split, SEED)
    base = models_of_pair[0]
    head = train_residual_head(Pair.of(*models_of_pair), train, validation, SETTINGS, [SEED])
    expected = official_training([step for response in official for step in response], base.lm_head.weight.detach())
    torch.testing.assert_close(head.delta, expected, atol=1e-4, rtol=0)
    assert expected.abs().mean() > 0.05, "it starts at random values"
    assert head.card["validation_kl_after"] == head.card["validation_kl"][-1]


def test_the_training_lists_of_toxigen_are_the_official_ones():
    neutral = [group for group in GROUPS if group != "trans"]
    files = sorted([*(f"hate_{group}_1k" for group in GROUPS), *(f"neutral_{group}_1k" for group in neutral)])
    toxigen = AUTHORS.sources["real"].questions["toxigen"]
    assert [table.url.split("/")[-1] for table in toxigen.train] == [f"{name}.txt" for name in files]
    interleaved = [f"toxigen-{name}-{line:04d}" for line in range(800) for name in files][:1000]
    assert paper_split_ids(toxigen.train_list, "train") == interleaved
    assert sum("hate" in question for question in interleaved) == 520


def test_the_profile_has_the_settings_of_the_official_scripts():
    settings = AUTHORS.distillation
    assert (settings.adam.learning_rate, settings.adam.epsilon) == (1e-5, 1e-8)
    assert (settings.adam.epochs, settings.adam.batch_size) == (1000, 1000)
    assert (settings.teacher_support, settings.teacher_top) == (500, None)
    assert (AUTHORS.black_box_distillation.k, AUTHORS.black_box_distillation.used_k) == ([40], 200)
    assert AUTHORS.heads_in("7b") == ["7b-gsm", "7b-toxigen", "7b-advbench", "7b-truthfulqa"]
