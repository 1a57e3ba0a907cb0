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
)
_AT_ONCE = (("distillation/linear_map.py", "_CHUNK = 2**13"), ("traces/trace.py", "_CHUNK = 2**16"))
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
        for operator in ("NumberReplacer", "ReplaceBinaryOperator_Pow_Mul")
    }
    | {
        (f"{_LIBRARY}/{file}", "@dataclass(frozen=True)", "ReplaceTrueWithFalse"): (
            "no code assigns to a field of these objects, or uses them as keys"
        )
        for file in _FROZEN
    }
)
