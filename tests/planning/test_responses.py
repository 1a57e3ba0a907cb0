"""What it takes to generate the responses of variants."""

from superficial.planning.quantities import expected_questions, question_count
from superficial.planning.responses import plan_evaluate
from tests.planning.profiles import PAPER, RATES

TOKEN_LIMIT = 16384


def planned(variant: str):
    return plan_evaluate(PAPER, RATES.assumptions, PAPER.variants[variant].model, [variant])


def test_a_variant_responds_to_the_test_questions_of_its_benchmarks():
    call = planned("7B")
    counts = [question_count(PAPER, "llama-7b", name, "test") for name in PAPER.benchmarks_of("7B")]
    assert [generation.prompts for generation in call.generations] == counts
    assert call.tokens_written == PAPER.max_new_tokens * sum(counts)


def test_in_context_examples_stand_before_every_question():
    context = PAPER.sources["real"].context
    characters = len(context.system) + sum(len(part) for example in context.examples for part in example)
    tokens = characters / RATES.assumptions.characters_per_token
    for plain, urial in zip(planned("7B").generations, planned("7B+Urial").generations, strict=True):
        assert urial.prompt_tokens - plain.prompt_tokens == tokens
    first = planned("7B").generations[0]
    benchmark = PAPER.benchmarks_of("7B")[0]
    assert first.prompt_tokens == expected_questions(PAPER, "llama-7b", benchmark).prompt_tokens


def test_a_black_box_head_is_beside_the_model_and_a_residual_head_is_in_it():
    variants = {
        PAPER.heads[PAPER.heads_in(v.head)[0]].kind: name for name, v in PAPER.variants.items() if v.head is not None
    }
    matrix = 4 * TOKEN_LIMIT**2
    residual, black_box = planned(variants["residual"]), planned(variants["black-box"])
    assert {generation.extra_bytes for generation in residual.generations} == {0}
    assert {generation.extra_bytes for generation in black_box.generations} == {matrix}
    assert black_box.card_bytes > matrix
