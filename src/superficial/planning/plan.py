"""Every call of the workflow on a profile of real models that works on models or traces, and what it takes."""

from __future__ import annotations

from superficial.config import Profile
from superficial.config.reduction import pairs_of
from superficial.planning.call import CallPlan
from superficial.planning.heads import plan_distil, plan_sweep
from superficial.planning.judging import judged_by, plan_convert, plan_judge, plan_score
from superficial.planning.models import plan_model
from superficial.planning.rates import Assumptions
from superficial.planning.responses import plan_evaluate
from superficial.planning.traces import plan_traces


def check_rows(profile: Profile, rows: list[str]) -> None:
    """Check that a profile has some rows.

    Raises:
        ValueError: if it lacks one; it says which rows there are.
    """
    for row in rows:
        if row not in profile.variants:
            raise ValueError(f"Profile {profile.name} has no row {row!r}; it has {', '.join(profile.variants)}.")


def plan_calls(profile: Profile, assumptions: Assumptions, variants: list[str] | None = None) -> list[CallPlan]:
    """Return what each call takes, in the order of the workflow.

    Stages that only read small tables are left out, and judges that are functions.

    Args:
        profile: a profile on real models.
        assumptions: what cannot be computed, see `cards.yaml`.
        variants: only these variants, with everything they need; None: the whole profile.

    Raises:
        ValueError: if the profile trains its own models, whose cost is measured instead, or has no such variant.
    """
    if not profile.sources:
        raise ValueError(
            f"Profile {profile.name} trains its own models; bench measures what they take. Plans are made of profiles "
            "on real models: paper, small."
        )
    check_rows(profile, variants or [])
    whole = variants is None
    evaluated = list(profile.variants) if variants is None else variants
    heads = [name for name in profile.heads if whole or any(name in profile.heads_used_by(v) for v in evaluated)]
    pairs = [name for name in profile.pairs if whole or name in pairs_of(profile, heads)]
    used = set().union(*map(profile.models_used_by, evaluated))
    used |= {model for pair in pairs for model in (profile.pairs[pair].base, profile.pairs[pair].aligned)}
    models = [name for name in profile.models if whole or name in used]
    judges = [name for name in profile.judges if judged_by(profile, name, evaluated)]
    responding = [name for name in models if set(evaluated) & set(profile.variants_of(name))]
    return [
        *(plan_model(profile, name) for name in models),
        *(plan_convert(profile, name) for name in judges if profile.judges[name].checkpoints),
        *(plan_judge(profile, name) for name in judges),
        *(plan_traces(profile, name) for name in pairs),
        *(plan_distil(profile, name) for name in heads),
        *([plan_sweep(profile)] if profile.sweep and whole else []),
        *(plan_evaluate(profile, assumptions, name, evaluated) for name in responding),
        *(plan_score(profile, name, evaluated) for name in judges),
    ]
