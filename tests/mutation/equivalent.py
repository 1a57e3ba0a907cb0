"""Mutants of the sample that change nothing: (file, line of the original, operator), with the reason."""

_LIBRARY = "src/superficial"
_FROZEN = ("published/audit.py", "reporting/tables/check.py", "reporting/tables/neighbours.py")
_EQUALLY_LONG = (
    ("models/generation.py", "for number, written in zip(running.numbers, torch.stack(states, 1), strict=True):"),
    ("distillation/black_box.py", "parts = zip(*map(objective.logits, objective.chunks()), strict=True)"),
    (
        "published/relations.py",
        "return 100 * sum(gain / gap for gain, gap in zip(gains, gaps, strict=True)) / len(gaps)",
    ),
    ("traces/sharded_rows.py", "for shard, end in zip(self._shards, self._ends, strict=True):"),
    (
        "models/generation.py",
        "allowed = [len(prompt) + limit - count for prompt, limit, count in zip(prompts, limits, tokens, strict=True)]",
    ),
    (
        "models/generation.py",
        "for row, (prompt, limit, count) in enumerate(zip(prompts, limits, tokens, strict=True)):",
    ),
    (
        "distillation/lbfgs.py",
        "for (change, gradient_change, curvature), share in zip(pairs, reversed(shares), strict=True):",
    ),
    ("distillation/objective.py", "for head, constant, norm in zip(untrained, constants, norms, strict=True):"),
    ("distillation/objective.py", "for constant, norm in zip(constants, norms, strict=True)"),
    (
        "distillation/objective.py",
        "probabilities, hidden = (torch.cat(parts) for parts in zip(*stored, strict=True))",
    ),
    ("distillation/solver.py", "for head, check in zip(heads, checks, strict=True)"),
)
_AT_ONCE = (
    ("distillation/linear_map.py", "_CHUNK = 2**13"),
    ("traces/trace.py", "_CHUNK = 2**16"),
    ("distillation/black_box.py", "_CHUNK = 2048"),
    ("distillation/occurring_tokens.py", "_CHUNK = 2048"),
    *((f"distillation/{name}.py", "_CHUNK = 4096") for name in ("objective", "solver", "teacher")),
)
_OF_TWO_AXES = (
    ("distillation/black_box.py", "return (student.softmax(-1) - teacher.softmax(-1)) / len(student)"),
    ("distillation/objective.py", "largest = logits.amax(-1)"),
    ("distillation/objective.py", "total = exponentials.sum(-1)"),
    ("distillation/objective.py", "norm = logits.logsumexp(-1)"),
    (
        "distillation/occurring_tokens.py",
        "differences += (aligned.softmax(-1) - base.softmax(-1)).abs().sum(0)",
    ),
    ("distillation/solver.py", "size = rows.abs().sum(-1).mean().item() * self._state_size()"),
    (
        "distillation/solver.py",
        "return self.train.hidden(_sample(len(self.train), _SAMPLED)).abs().sum(-1).mean().item()",
    ),
    ("distillation/solver.py", "total[0] += (expected - cross[0] + of_base.logsumexp(-1)).double().sum()"),
    ("distillation/solver.py", "norm = torch.lerp(of_map, of_rows, weight).logsumexp(-1)"),
    ("distillation/teacher.py", "if support is None or support >= logits.shape[-1]:"),
    ("models/generation.py", "return self._change(scores).log_softmax(-1)"),
    ("models/generation.py", "tokens = running.mask.sum(-1).tolist()"),
)
_NEVER_NEGATIVE = (
    ("distillation/averaged_adam.py", "if step % steps == 0 and patience.is_over(best.offer(average)):"),
    ("distillation/lbfgs.py", "if step % STEPS_PER_CHECK == 0 and check(point):"),
    ("distillation/lbfgs.py", "if norm == 0:"),
)
# There are never more trained rows than tokens, or a larger side of W_trans.
_ALSO_IN_GENERAL = {
    ("distillation/objective.py", "if len(tokens) < pair.vocabulary_size:"): ("Lt_NotEq", "Lt_LtE", "Lt_IsNot"),
    ("distillation/occurring_tokens.py", "if settings.largest_side(size) < size:"): ("Lt_NotEq", "Lt_LtE", "Lt_IsNot"),
    ("distillation/objective.py", "every = len(tokens) == pair.vocabulary_size"): ("Eq_GtE", "Eq_Gt", "Eq_Is"),
    (
        "distillation/solver.py",
        "heads = [pair.base] if len(tokens) == pair.vocabulary_size else [pair.base, _mapped(pair, start)]",
    ): ("Eq_GtE", "Eq_Gt", "Eq_Is"),
    (
        "distillation/teacher.py",
        "is_top = torch.full((vocabulary,), top is None or top >= vocabulary, device=aligned.weight.device)",
    ): ("GtE_Gt",),
}
# Lines that compare one of two words, with the comparison that the order of the alphabet makes the same.
_ONE_OF_TWO_WORDS = {
    ("distillation/residual.py", 'if settings.adam.start == "random":'): "Eq_LtE",
    (
        "distillation/training_loop.py",
        'return self.validation_kl[-1] if self.keep == "last" else min(self.validation_kl)',
    ): "Eq_GtE",
    ("distillation/training_loop.py", 'return Distilled(matrix if keep == "last" else best, history, keep)'): "Eq_GtE",
}
EQUIVALENT: dict[tuple[str, str, str], str] = (
    {
        (
            f"{_LIBRARY}/measures/kl.py",
            'totals, counts = (sums[kind][parts].sum(axis=1).to_numpy()[drawn].sum(-1) for kind in ("sum", "size"))',
            "ReplaceUnaryOperator_Delete_USub",
        ): "the array has two axes, so that the last one is number 1",
        (
            f"{_LIBRARY}/heads/merging.py",
            "model.all_tied_weights_keys = model.get_expanded_tied_weights_keys(all_submodels=True)",
            "ReplaceTrueWithFalse",
        ): "of a causal language model only the model itself ties weights, none of its parts",
        (
            f"{_LIBRARY}/distillation/best.py",
            'self._lowest, self._without_gain = float("inf"), 0',
            "NumberReplacer",
        ): "the first KL is lower than infinity, and sets the count to 0",
        (
            f"{_LIBRARY}/distillation/linear_map.py",
            "base, aligned = (states[:].to(maps[0]) for states in (validation.base_hidden, validation.aligned_hidden))",
            "NumberReplacer",
        ): "all maps have one data type and device",
        (
            f"{_LIBRARY}/distillation/occurring_tokens.py",
            "device, size = lessons[0].pair.device, lessons[0].pair.vocabulary_size",
            "NumberReplacer",
        ): "all lessons have one device and vocabulary; a lesson 1 that does not exist is found",
        (
            f"{_LIBRARY}/distillation/joined.py",
            "device = lessons[0].pair.device",
            "NumberReplacer",
        ): "all lessons have one device; a lesson 1 that does not exist is found",
        (
            f"{_LIBRARY}/distillation/occurring_tokens.py",
            "k: Restriction.of_masks(rows, _heaviest(sums.cpu(), sums.cpu() > 0, settings.token_limit))",
            "ReplaceComparisonOperator_Gt_NotEq",
        ): "masked logits are measured from the largest one that is left out, and so never negative",
        (
            f"{_LIBRARY}/distillation/occurring_tokens.py",
            "if limit is None or int(occurs.sum()) <= limit:",
            "ReplaceComparisonOperator_LtE_Lt",
        ): "of just as many tokens as the limit allows, the heaviest are all",
        (
            f"{_LIBRARY}/distillation/best.py",
            "return self._without_gain == self._checks",
            "ReplaceComparisonOperator_Eq_GtE",
        ): "a search ends at the first check after which it is over",
        (
            f"{_LIBRARY}/distillation/best.py",
            "return self._without_gain == self._checks",
            "ReplaceComparisonOperator_Eq_Is",
        ): "a whole number this small is one object",
        (
            f"{_LIBRARY}/distillation/black_box.py",
            "if 3 * len(trace) * pair.base.weight[:, 0].nbytes > _STORED_BYTES:",
            "ReplaceComparisonOperator_Gt_GtE",
        ): "three times a whole number is no power of two",
        (
            f"{_LIBRARY}/distillation/refinement.py",
            "loss, gradient = 0.0, torch.zeros_like(rows)",
            "NumberReplacer",
        ): "only differences of this loss are used",
        (
            f"{_LIBRARY}/distillation/solver.py",
            "if min(kl) == kl[0]:",
            "ReplaceComparisonOperator_Eq_GtE",
        ): "nothing is less than the minimum",
        (
            f"{_LIBRARY}/distillation/solver.py",
            "if min(kl) == kl[0]:",
            "ReplaceComparisonOperator_Eq_Is",
        ): "of equal numbers the minimum is the first",
        (
            f"{_LIBRARY}/distillation/training_loop.py",
            'if keep == "best" and history[-1] == min(history):',
            "ReplaceComparisonOperator_Eq_LtE",
        ): "the other word, last, comes after it in the alphabet, and nothing is less than the minimum",
        (
            f"{_LIBRARY}/models/generation.py",
            "longest = max(limits, default=0)",
            "NumberReplacer",
        ): "without prompts there is nothing whose length counts",
        (
            f"{_LIBRARY}/models/generation.py",
            "started = RunningBatch.of(newcomers, [self.prompts[each] for each in newcomers], self.end_tokens[0])",
            "NumberReplacer",
        ): "any token serves as padding; a second end token that does not exist is found",
        (
            f"{_LIBRARY}/models/generation.py",
            "pad_token_id=self.end_tokens[0],",
            "NumberReplacer",
        ): "any end token serves as padding; a second one that does not exist is found",
        (
            f"{_LIBRARY}/models/generation.py",
            "if states is not None and pieces is not None:",
            "ReplaceAndWithOr",
        ): "both are None, or neither is",
        (
            f"{_LIBRARY}/models/generation.py",
            "if end is None and len(written) < limit:",
            "ReplaceComparisonOperator_Lt_NotEq",
        ): "what is written was cut at the limit",
        (
            f"{_LIBRARY}/distillation/occurring_tokens.py",
            "order = weights.masked_fill(~occurs, -1).argsort(descending=True, stable=True)",
            "ReplaceTrueWithFalse",
        ): "on a CPU torch sorts stably in any case",
        (
            f"{_LIBRARY}/heads/loading.py",
            "if matrix != name:",
            "ReplaceComparisonOperator_NotEq_IsNot",
        ): "a string without the separator is the first part of itself",
        (
            f"{_LIBRARY}/heads/lora.py",
            '(folder / "adapter_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")',
            "NumberReplacer",
        ): "white space between the parts of a JSON file means nothing",
        (
            f"{_LIBRARY}/heads/model_card.py",
            "return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)",
            "ReplaceFalseWithTrue",
        ): "a mapping in YAML means the same in any order",
        (
            f"{_LIBRARY}/heads/restriction.py",
            "if len(self.rows) == self.vocabulary_size:",
            "ReplaceComparisonOperator_Eq_Gt",
        ): "the general case gives the same where every token has a row, only later",
        (
            f"{_LIBRARY}/measures/measure.py",
            'return 1 if self.better == "higher" else -1',
            "ReplaceComparisonOperator_Eq_LtE",
        ): "the other direction, lower, comes after it in the alphabet",
        (
            f"{_LIBRARY}/measures/recovery.py",
            "judged = ~np.isnan(gain.values + gap.values)",
            "ReplaceBinaryOperator_Add_Sub",
        ): "scores are finite or not judged, and then neither a sum nor a difference is a number",
        (
            f"{_LIBRARY}/traces/shards.py",
            'positions = len(shard["token"]) if shard["token"].dim() == 1 else -1',
            "ReplaceUnaryOperator_USub_Invert",
        ): "any negative number is the length of no tensor",
    }
    | {
        (f"{_LIBRARY}/{file}", line, "ReplaceTrueWithFalse"): "both are as long as each other by construction"
        for file, line in _EQUALLY_LONG
    }
    | {
        (f"{_LIBRARY}/{file}", line, operator): "how many positions are read at once changes no result but its rounding"
        for file, line in _AT_ONCE
        for operator in ("NumberReplacer", *(["ReplaceBinaryOperator_Pow_Mul"] if "**" in line else []))
    }
    | {
        (f"{_LIBRARY}/{file}", line, f"ReplaceUnaryOperator_{operator}"): (
            "the array has two axes, so that the last one is number 1"
        )
        for file, line in _OF_TWO_AXES
        for operator in ("Delete_USub", "USub_UAdd")
    }
    | {
        (f"{_LIBRARY}/{file}", line, "ReplaceComparisonOperator_Eq_LtE"): "neither a remainder nor a norm is negative"
        for file, line in _NEVER_NEGATIVE
    }
    | {
        (f"{_LIBRARY}/{file}", line, f"ReplaceComparisonOperator_{operator}"): (
            "the general case gives the same where nothing is left out, only later"
        )
        for (file, line), operators in _ALSO_IN_GENERAL.items()
        for operator in operators
    }
    | {
        (f"{_LIBRARY}/{file}", line, f"ReplaceComparisonOperator_{operator}"): (
            "only two words are allowed, and each of them is one object"
        )
        for (file, line), by_alphabet in _ONE_OF_TWO_WORDS.items()
        for operator in (by_alphabet, "Eq_Is")
    }
    | {
        (f"{_LIBRARY}/{file}", "@dataclass(frozen=True)", "ReplaceTrueWithFalse"): (
            "no code assigns to a field of these objects, or uses them as keys"
        )
        for file in _FROZEN
    }
)
