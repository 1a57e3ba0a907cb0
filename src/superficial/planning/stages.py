"""Every call of every stage of a profile of real models, and what it takes: the counterpart of the Snakefile."""

from __future__ import annotations

from superficial.config import Profile
from superficial.config.external import (
    ClassifierJudge,
    EndpointJudge,
    GenerativeJudge,
    Hub,
    Tuned,
)
from superficial.models.batches import MEMORY_SHARE, MEMORY_SHARE_WITH_SECOND_MODEL
from superficial.planning.amounts import Amounts
from superficial.planning.learning import distillation, sweep
from superficial.planning.sizes import (
    BYTES,
    TORCH_BYTES,
    adapter_parameters,
    cache_bytes,
    parameters,
    token_operations,
    weight_bytes,
)
from superficial.planning.work import Assumed, Generation, Step, operations_of

# The longest prompt of a benchmark, in mean ones.
LONGEST = 3
# What a checkpoint brings beside its weights.
_TOKENIZER_BYTES = 5e6


def plan(profile: Profile, assumed: Assumed, rows: list[str] | None = None) -> list[Step]:
    """Return what each stage call takes, in the order of the workflow.

    Args:
        profile: a profile on real models.
        assumed: what is taken for granted, see `planning/cards.yaml`.
        rows: the variants that are wanted, with all that they rest on; None: the whole profile.

    Raises:
        ValueError: where the profile trains its own models: what those take is measured, not planned; or there is no
            such variant.
    """
    if not profile.sources:
        raise ValueError(
            f"Profile {profile.name} trains its own models; what it takes is measured in bench. A plan is made "
            "of profiles on real models: paper, small."
        )
    for row in rows or ():
        if row not in profile.variants:
            raise ValueError(f"Profile {profile.name} has no row {row!r}; it has {', '.join(profile.variants)}.")
    amounts = Amounts(profile)
    planner = _Planner(amounts, assumed)
    if rows is None:
        models, pairs, heads = list(profile.models), list(profile.pairs), list(profile.heads)
    else:
        models = [name for name in profile.models if any(name in profile.models_behind(row) for row in rows)]
        heads = [name for name in profile.heads if any(name in profile.heads_behind(row) for row in rows)]
        pairs = [name for name in profile.pairs if name in {profile.heads[head].pair for head in heads}]
    variants = list(profile.variants) if rows is None else rows
    judges = [name for name in profile.judges if planner.judged(name, variants)]
    return [
        *map(planner.model, models),
        *map(planner.judge, judges),
        *map(planner.traces, pairs),
        *(distillation(amounts, name) for name in heads),
        *([sweep(amounts)] if profile.sweep and rows is None else []),
        *(planner.evaluation(name, variants) for name in models if set(variants) & set(profile.variants_of(name))),
        *(planner.scoring(name, variants) for name in judges),
    ]


class _Planner:
    def __init__(self, amounts: Amounts, assumed: Assumed) -> None:
        self.amounts, self.profile, self.assumed = amounts, amounts.profile, assumed

    def model(self, name: str) -> Step:
        recipe = self.profile.models[name]
        shape = self.amounts.shape(name)
        if isinstance(recipe, Hub):
            size = weight_bytes(shape, "bfloat16") if recipe.repo else weight_bytes(shape, recipe.dtype)
            return Step("fetch", name, download=size + _TOKENIZER_BYTES if recipe.repo else 0, disk=0, host=0.5e9)
        assert isinstance(recipe, Tuned), "profiles on real models hold fetched and tuned ones"
        settings, size = recipe.training, weight_bytes(shape, recipe.dtype)
        tokens = recipe.expected.rows * min(recipe.expected.tokens, settings.longest) * settings.epochs
        learned = adapter_parameters(shape, settings.lora.rank) if settings.lora else parameters(shape)
        # Forward, again for the checkpoints of activations, backward; and the weights' own gradients where all learn.
        passes = 3 if settings.lora else 4
        # Weight, gradient and two moments: in float32 for adapters, in the model's own numbers else.
        state = learned * 4 * (4 if settings.lora else BYTES[recipe.dtype])
        at_once = settings.batch * settings.longest
        activations = at_once * (shape.layers * shape.width * BYTES[recipe.dtype] + 3 * 4 * shape.vocabulary)
        return Step(
            "tune",
            name,
            disk=size + 2 * state / 4,
            host=size + TORCH_BYTES,
            card=(size if settings.lora else 0) + state + activations,
            loaded=size,
            read=tokens,
            operations=passes * tokens * token_operations(shape, min(recipe.expected.tokens, settings.longest) / 2),
        )

    def judge(self, name: str) -> Step:
        return Step("judge", name, download=sum(size for size, _ in self._judges(name)), host=0.5e9)

    def _judges(self, name: str) -> list[tuple[float, float]]:
        """Return the bytes and the operations for a token of each model that a judge asks."""
        judge = self.profile.judges[name]
        if isinstance(judge, ClassifierJudge):
            return [(judge.parameters * BYTES["float32"], 2.0 * judge.parameters)]
        if isinstance(judge, GenerativeJudge):
            shape = self.profile.architectures[judge.architecture]
            return [(weight_bytes(shape, "bfloat16"), token_operations(shape, 0))] * len(judge.asked)
        return []

    def traces(self, name: str) -> Step:
        pair = self.profile.pairs[name]
        base, aligned = self.amounts.shape(pair.base), self.amounts.shape(pair.aligned)
        dtype, other = self.amounts.dtype(pair.base), self.amounts.dtype(pair.aligned)
        # What a pair before it has of the same responses is not made again.
        again = self.profile.traced_before(name) is not None
        models = [(base, dtype)] if again else [(base, dtype), (aligned, other)]
        read = positions = operations = 0.0
        generations = []
        for benchmark in pair.benchmarks:
            expected = self.amounts.expected(pair.base, benchmark)
            for split in ("train", "test"):
                count = self.amounts.asked(pair.base, benchmark, split)
                if not again:
                    generations.append(
                        self._generation(pair.aligned, benchmark, count, 0.0, MEMORY_SHARE_WITH_SECOND_MODEL)
                    )
                    read += count * expected.prompt_tokens
                texts = count * (expected.prompt_tokens + self.amounts.response(pair.base, benchmark))
                positions += count * self.amounts.response(pair.base, benchmark)
                context = (expected.prompt_tokens + self.amounts.response(pair.base, benchmark)) / 2
                read += len(models) * texts
                operations += texts * sum(token_operations(shape, context) for shape, _ in models)
        row = self.amounts.row_bytes(name)
        heads, _ = self.amounts.output_heads(name)
        weights = sum(weight_bytes(*model) for model in models)
        longest = LONGEST * max(self.amounts.expected(pair.base, one).prompt_tokens for one in pair.benchmarks)
        return Step(
            "traces",
            name,
            disk=positions * row + heads,
            host=TORCH_BYTES + heads + 512 * self.profile.max_new_tokens * row,
            card=weights + 8 * cache_bytes(aligned, other) * (longest + self.profile.max_new_tokens),
            loaded=weights,
            read=read,
            written=positions,
            operations=operations + sum(map(operations_of, generations)),
            generations=tuple(generations),
        )

    def _generation(
        self, model: str, benchmark: str, count: int, before: float, share: float, beside: float = 0.0
    ) -> Generation:
        tokens = self.amounts.expected(model, benchmark).prompt_tokens
        return Generation(
            self.amounts.shape(model),
            self.amounts.dtype(model),
            count,
            before + tokens,
            before + LONGEST * tokens,
            self.profile.max_new_tokens,
            share,
            beside,
        )

    def evaluation(self, model: str, variants: list[str]) -> Step:
        generations: list[Generation] = []
        names = [name for name in self.profile.variants_of(model) if name in variants]
        for name in names:
            generations += self.variant(name)
        size = weight_bytes(self.amounts.shape(model), self.amounts.dtype(model))
        return Step(
            "evaluate",
            model,
            host=TORCH_BYTES + size + max(one.beside for one in generations),
            card=max(
                size + one.beside + 8 * cache_bytes(one.shape, one.dtype) * (one.longest_prompt + one.limit)
                for one in generations
            ),
            loaded=size * len(names) + sum({one.beside for one in generations}),
            read=sum(one.prompts * one.prompt_tokens for one in generations),
            written=sum(one.prompts * one.limit for one in generations),
            operations=sum(map(operations_of, generations)),
            generations=tuple(generations),
        )

    def variant(self, name: str) -> list[Generation]:
        """Return what a variant generates, benchmark by benchmark."""
        variant = self.profile.variants[name]
        context = self.profile.sources[self.profile.world_of(variant.model)].context
        around = sum(map(len, (context.system, *(part for one in context.examples for part in one))))
        before = around / self.assumed.characters_per_token if variant.prompt == "urial" else 0.0
        if variant.wrapper:
            before += len(context.wrappers[variant.wrapper]) / self.assumed.characters_per_token
        head = self.profile.heads[variant.head] if variant.head else None
        vocabulary = self.amounts.shape(variant.model).vocabulary
        beside = 0.0 if head is None or head.kind == "residual" else float(vocabulary**2 * BYTES["float32"])
        return [
            self._generation(
                variant.model, one, self.amounts.asked(variant.model, one, "test"), before, MEMORY_SHARE, beside
            )
            for one in self.profile.asked_of(name)
        ]

    def judged(self, name: str, variants: list[str]) -> list[tuple[str, str]]:
        """Return the variants and benchmarks that a judge judges."""
        benchmarks = [*self.profile.judged_by(name), *self.profile.seconded_by(name)]
        return [(of, one) for of in variants for one in self.profile.asked_of(of) if one in benchmarks]

    def scoring(self, name: str, variants: list[str]) -> Step:
        tokens = 0.0
        for variant, one in self.judged(name, variants):
            model = self.profile.variants[variant].model
            expected = self.amounts.expected(model, one)
            tokens += self.amounts.asked(model, one, "test") * (
                expected.prompt_tokens + self.amounts.response(model, one)
            )
        models = self._judges(name)
        sizes = [size for size, _ in models] or [0.0]
        endpoint = isinstance(self.profile.judges[name], EndpointJudge)
        return Step(
            "score",
            name,
            host=0.5e9 if endpoint else TORCH_BYTES + max(sizes),
            card=1.3 * max(sizes),
            loaded=sum(sizes),
            read=tokens * max(1, len(models)),
            operations=tokens * sum(operations for _, operations in models),
        )
