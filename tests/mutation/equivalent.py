"""Mutants of the sample that change nothing: (file, line of the original, operator), with the reason."""

_LIBRARY = "src/superficial"
_FROZEN = ("published/audit.py", "reporting/tables/check.py", "reporting/tables/neighbours.py")
_EQUALLY_LONG = (
    (
        "measures/clusters.py",
        'for question_id, reference in zip(rows["question_id"], rows["reference"], strict=True)',
    ),
    ("models/generation.py", "for number, written in zip(running.numbers, torch.stack(states, 1), strict=True):"),
    ("distillation/black_box.py", "parts = zip(*map(objective.logits, objective.chunks()), strict=True)"),
    (
        "published/relations.py",
        "return 100 * sum(gain / gap for gain, gap in zip(gains, gaps, strict=True)) / len(gaps)",
    ),
    ("traces/sharded_rows.py", "for shard, end in zip(self._shards, self._ends, strict=True):"),
)
_OTHERS = (
    'others = [other for other in paper.columns if other != share.column and paper.columns[other].unit == "points"]'
)
_EQUATION_4 = (
    'f"the value is at most {norm:.2f} / sqrt({norm:.2f} * {norm:.2f}) = {norm / sqrt(norm * norm):g} and at least "'
)
_COMPARISON = "ReplaceComparisonOperator_"
# What can only be compared in one way: (file, line, replaced comparison), with the reason.
_ONE_WAY = {
    (
        "measures/comparisons.py",
        'return float((agreement - by_chance) / (1 - by_chance)) if by_chance < 1 else float("nan")',
        "Lt_NotEq",
    ): "the agreement by chance is at most 1",
    (
        "measures/draws.py",
        "high = beta.ppf(1 - tail, holding + 1, draws - holding) if holding < draws else 1.0",
        "Lt_NotEq",
    ): "nothing holds in more draws than there are",
    ("measures/halves.py", 'is_first = rows[unit].rank(method="dense").astype(int) % 2 == 1', "Eq_GtE"): (
        "a remainder of 2 is 0 or 1"
    ),
    ("measures/intervals.py", "if clusters == 1:", "Eq_LtE"): "questions have at least one cluster",
    ("measures/intervals.py", "if clusters == n or share in (0, 1):", "Eq_GtE"): (
        "there are no more clusters than questions"
    ),
    (
        "measures/kl.py",
        "means[part] = np.divide(totals, counts, out=np.full(len(totals), np.nan), where=counts > 0)",
        "Gt_NotEq",
    ): ("a number of positions is not negative"),
    ("measures/measure.py", "return f\"{self.label} {'↑' if self.better == 'higher' else '↓'}\"", "Eq_LtE"): (
        "the other direction, lower, comes after it in the alphabet"
    ),
    (
        "published/audit.py",
        'shares = gains / gaps if share.reading == "pooled" else np.abs(gains) / len(triples)',
        "Eq_GtE",
    ): ("the other reading of a share, absolute, comes before it in the alphabet"),
    ("published/audit.py", 'for other in others if share.reading == "absolute" else ():', "Eq_LtE"): (
        "the other reading of a share, pooled, comes after it in the alphabet"
    ),
    (
        "published/audit.py",
        _OTHERS,
        "Eq_LtE",
    ): "the other unit, share, comes after it in the alphabet",
    (
        "published/audit.py",
        'if is_of_base_model and name in ("harm_rate", "toxi_score") and student > 0:',
        "Gt_NotEq",
    ): ("a rate is not negative"),
    ("published/audit.py", 'sign = 1 if column.better == "higher" else -1', "Eq_LtE"): (
        "the other direction, lower, comes after it in the alphabet"
    ),
    ("published/audit.py", 'if column.unit != "share" or column.questions is None:', "NotEq_Lt"): (
        "the other unit, points, comes before it in the alphabet"
    ),
    ("published/audit.py", 'if student is None or column.unit != "share" or column.questions is None:', "NotEq_Lt"): (
        "the other unit, points, comes before it in the alphabet"
    ),
    ("published/audit.py", "if p > 1 - LEVEL:", "Gt_GtE"): "no p value is the binary fraction 1 - 0.95",
    ("published/numbers.py", 'kind = "" if self.kind == "value" else f" ({self.kind})"', "Eq_GtE"): (
        "of all kinds of places it is the last in the alphabet"
    ),
    (
        "published/relations.py",
        "exact = column.questions is not None and 10**column.decimals % column.questions == 0",
        "Eq_LtE",
    ): "a remainder is not negative",
    (
        "published/relations.py",
        'low, high = (low - high, high - low) if number.place.kind == "change" else (low, high)',
        "Eq_LtE",
    ): "of value, change and repeated it is the first in the alphabet",
    ("published/relations.py", 'elif number.place.kind == "share":', "Eq_GtE"): (
        "of share, set-up and questions it is the last in the alphabet"
    ),
    ("published/relations.py", "holds = abs(value - base - change) < _ROUNDING or _follows(", "Lt_LtE"): (
        "printed numbers do not differ by just the tolerance for rounding"
    ),
    ("published/relations.py", "if holds and abs(value - base - change) >= _ROUNDING:", "GtE_Gt"): (
        "printed numbers do not differ by just the tolerance for rounding"
    ),
    ("published/relations.py", "if first.where != table:", "NotEq_IsNot"): "both are keys of one dictionary",
    (
        "published/relations.py",
        'yield Relation("bound", places, low - slack <= score <= high + slack, text, exact=False)',
        "LtE_Lt",
    ): "the slack has a tolerance for rounding, by which printed numbers do not differ",
    (
        "published/relations.py",
        'if reading == "absolute":',
        "Eq_LtE",
    ): "of all readings it is the first in the alphabet",
    (
        "published/relations.py",
        'if reading == "pooled":',
        "Eq_LtE",
    ): "the one left, ratios, comes after it in the alphabet",
}
_LAST_AXIS = (
    "mean = Estimate.of_resampled(np.append(values.mean(), values[drawn].mean(-1)), len(group))",
    'totals, counts = (sums[kind][parts].sum(axis=1).to_numpy()[drawn].sum(-1) for kind in ("sum", "size"))',
)
_CORNERS = "share_in_percent(share.reading, [(b + half * i, a + half * j, s + half * k) for b, a, s in triples])"
_RANGES = (
    'yield Relation("range", (number.place,), low <= number.value <= high, text, exact=False)',
    'yield Relation("range", (number.place,), inside, f"{number.value:g} % is in [0, 100]", exact=False)',
)
_AT_ONCE = (("distillation/linear_map.py", "_CHUNK = 2**13"), ("traces/trace.py", "_CHUNK = 2**16"))
EQUIVALENT: dict[tuple[str, str, str], str] = (
    {
        (f"{_LIBRARY}/measures/kl.py", "continue", "ReplaceContinueWithBreak"): (
            "no position is reached by more responses than an earlier one"
        ),
        (
            f"{_LIBRARY}/published/audit.py",
            _EQUATION_4,
            "ReplaceBinaryOperator_Div_FloorDiv",
        ): "the square root of the square of a binary fraction is that fraction",
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
        (f"{_LIBRARY}/{file}", line, f"{_COMPARISON}{replaced}"): reason
        for (file, line, replaced), reason in _ONE_WAY.items()
    }
    | {
        (f"{_LIBRARY}/measures/kl.py", line, f"ReplaceUnaryOperator_{replaced}"): (
            "the array has two axes, so that the last one is number 1"
        )
        for line in _LAST_AXIS
        for replaced in ("Delete_USub", "USub_UAdd")
    }
    | {
        (f"{_LIBRARY}/published/relations.py", _CORNERS, f"ReplaceBinaryOperator_{replaced}"): (
            "the factors are -1 and 1, so that the corners come in another order"
        )
        for replaced in ("Add_Sub", "Mul_Div")
    }
    | {
        (f"{_LIBRARY}/published/relations.py", line, "ReplaceFalseWithTrue"): "no range counts as a check"
        for line in _RANGES
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
