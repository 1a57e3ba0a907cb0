"""What the stages convert, judge and score take: judges are fetched and tried, then read all responses."""

from __future__ import annotations

from typing import NamedTuple

from superficial.config import Profile
from superficial.config.judges import ClassifierJudge, EndpointJudge, GenerativeJudge
from superficial.planning.call import PROCESS_BYTES, TORCH_PROCESS_BYTES, CallPlan
from superficial.planning.quantities import expected_questions, question_count, response_tokens
from superficial.planning.sizes import BYTES, token_operations, weight_bytes

# Memory that a card needs relative to a judge's weights.
_HEADROOM = 1.3


class _JudgeModel(NamedTuple):
    weight_bytes: float
    token_operations: float


def plan_convert(profile: Profile, name: str) -> CallPlan:
    """Return what it takes to fetch a judge, and to convert its weights where they are pickled."""
    sizes = [model.weight_bytes for model in _models(profile, name)]
    # The largest model once as it is read and once as it is written.
    host_bytes = TORCH_PROCESS_BYTES + 2 * max(sizes, default=0.0)
    return CallPlan("convert", name, download_bytes=sum(sizes), disk_bytes=sum(sizes), host_bytes=host_bytes)


def plan_judge(profile: Profile, name: str) -> CallPlan:
    """Return what it takes to load a judge and to let it score a sample."""
    sizes = [model.weight_bytes for model in _models(profile, name)]
    if not sizes:
        return CallPlan("judge", name, host_bytes=PROCESS_BYTES)
    return CallPlan(
        "judge",
        name,
        host_bytes=TORCH_PROCESS_BYTES + max(sizes),
        card_bytes=_HEADROOM * max(sizes),
        loaded_bytes=sum(sizes),
    )


def plan_score(profile: Profile, name: str, variants: list[str]) -> CallPlan:
    """Return what it takes to score the responses of `variants` by a judge."""
    tokens = 0.0
    for variant, benchmark in judged_by(profile, name, variants):
        model = profile.variants[variant].model
        prompt = expected_questions(profile, model, benchmark).prompt_tokens
        length = prompt + response_tokens(profile, model, benchmark)
        tokens += question_count(profile, model, benchmark, "test") * length
    models = _models(profile, name)
    sizes = [model.weight_bytes for model in models] or [0.0]
    endpoint = isinstance(profile.judges[name], EndpointJudge)
    return CallPlan(
        "score",
        name,
        host_bytes=PROCESS_BYTES if endpoint else TORCH_PROCESS_BYTES + max(sizes),
        card_bytes=_HEADROOM * max(sizes),
        loaded_bytes=sum(sizes),
        tokens_read=tokens * max(1, len(models)),
        operations=tokens * sum(model.token_operations for model in models),
    )


def judged_by(profile: Profile, name: str, variants: list[str]) -> list[tuple[str, str]]:
    """Return the variants and benchmarks whose responses a judge scores, as first or as second judge."""
    benchmarks = [*profile.benchmarks_judged_by(name), *profile.benchmarks_second_judged_by(name)]
    return [(variant, b) for variant in variants for b in profile.benchmarks_of(variant) if b in benchmarks]


def _models(profile: Profile, name: str) -> list[_JudgeModel]:
    """Return the models of a judge; an endpoint has none here."""
    judge = profile.judges[name]
    if isinstance(judge, ClassifierJudge):
        return [_JudgeModel(judge.parameters * BYTES["float32"], 2.0 * judge.parameters)]
    if isinstance(judge, GenerativeJudge):
        architecture = profile.architectures[judge.architecture]
        model = _JudgeModel(weight_bytes(architecture, "bfloat16"), token_operations(architecture, 0))
        return [model] * len(judge.models)
    return []
