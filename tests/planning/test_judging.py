"""What it takes to fetch judges and to score responses."""

from superficial.config.judges import ClassifierJudge, EndpointJudge, GenerativeJudge
from superficial.planning.judging import judged_by, plan_convert, plan_judge, plan_score
from superficial.planning.sizes import parameters
from tests.planning.profiles import PAPER

VARIANTS = ["7B", "7B-Chat"]


def judge_of(kind: type) -> str:
    return next(name for name, judge in PAPER.judges.items() if isinstance(judge, kind))


def test_a_classifier_is_fetched_in_float32():
    name = judge_of(ClassifierJudge)
    judge = PAPER.judges[name]
    assert isinstance(judge, ClassifierJudge)
    assert plan_convert(PAPER, name).download_bytes == 4 * judge.parameters


def test_language_models_are_fetched_in_bfloat16_and_used_one_after_the_other():
    name = judge_of(GenerativeJudge)
    judge = PAPER.judges[name]
    assert isinstance(judge, GenerativeJudge)
    size = 2 * parameters(PAPER.architectures[judge.architecture])
    assert plan_convert(PAPER, name).download_bytes == len(judge.models) * size
    assert plan_judge(PAPER, name).card_bytes == plan_score(PAPER, name, VARIANTS).card_bytes
    assert size < plan_score(PAPER, name, VARIANTS).card_bytes < 2 * size


def test_an_endpoint_is_not_fetched_and_needs_no_card():
    name = judge_of(EndpointJudge)
    assert plan_judge(PAPER, name).download_bytes == 0
    assert plan_score(PAPER, name, VARIANTS).card_bytes == 0
    assert plan_score(PAPER, name, VARIANTS).tokens_read > 0


def test_twice_the_variants_are_twice_the_tokens():
    name = judge_of(ClassifierJudge)
    pairs = judged_by(PAPER, name, VARIANTS)
    assert {variant for variant, _ in pairs} == set(VARIANTS)
    assert plan_score(PAPER, name, VARIANTS).tokens_read == 2 * plan_score(PAPER, name, VARIANTS[:1]).tokens_read
