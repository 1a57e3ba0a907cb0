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
        "reporting/claims/differences.py",
        'names = [" and ".join(dict.fromkeys(variants)) for variants in zip(*pairs, strict=True)]',
    ),
    ("reporting/tables/draws.py", "return dict(zip(TABLES, tables, strict=True))"),
    (
        "reporting/tables/neighbours.py",
        "return dict(zip(_COSTS, (chosen, math.prod(shape), 1.0, math.nan, math.nan), strict=True))",
    ),
    ("reporting/tables/side_by_side.py", 'for measure, value in zip(data["measure"], data["published"], strict=True)'),
)
# Texts of a few values: the value that a comparison asks for comes first or last in the alphabet, and is one object.
_FIRST, _LAST = {"Eq": "LtE", "NotEq": "Gt"}, {"Eq": "GtE", "NotEq": "Lt"}
_IDENTICAL = {"Eq": "Is", "NotEq": "IsNot"}
_TEXTS = (
    (
        "reporting/claims/condition.py",
        "if any(condition.outcome() != REPRODUCED for condition in conditions if condition.is_premise):",
        "NotEq",
        (_LAST, _IDENTICAL),
    ),
    ("reporting/claims/condition.py", "if verdict(conditions) == REPRODUCED:", "Eq", (_LAST, _IDENTICAL)),
    (
        "reporting/claims/condition.py",
        "premises = [c for c in conditions if c.is_premise and c.outcome() != REPRODUCED]",
        "NotEq",
        (_LAST, _IDENTICAL),
    ),
    (
        "reporting/claims/condition.py",
        "return premises or [c for c in conditions if not c.is_premise and c.outcome() == together]",
        "Eq",
        (_IDENTICAL,),
    ),
    (
        "reporting/claims/black_box.py",
        'chosen_on, tested_on = halves(accuracy[accuracy["model"] == "large"], "prompt")',
        "Eq",
        (_FIRST,),
    ),
    (
        "reporting/claims/simple_methods.py",
        'if MEASURES[one.measure].better == "higher":',
        "Eq",
        (_FIRST, _IDENTICAL),
    ),
    (
        "reporting/tables/depth.py",
        "return measure if measure == ALL_FOUR else MEASURES[measure].label",
        "Eq",
        (_FIRST, _IDENTICAL),
    ),
    ("reporting/tables/draws.py", "holding = sum(one.verdict == REPRODUCED for one in draws)", "Eq", (_LAST,)),
    ("reporting/tables/draws.py", "guarded = sum(one.guarded_verdict == REPRODUCED for one in draws)", "Eq", (_LAST,)),
    (
        "reporting/tables/examples.py",
        'text = _with_brackets(positions) if role == "aligned" else row["response"]',
        "Eq",
        (_FIRST, _IDENTICAL),
    ),
    (
        "reporting/tables/recovery.py",
        '{"comparison": name, "measure": measure if measure == ALL_FOUR else MEASURES[measure].label}',
        "Eq",
        (_FIRST, _IDENTICAL),
    ),
    ("reporting/tables/recovery.py", "if measure == ALL_FOUR:", "Eq", (_FIRST, _IDENTICAL)),
    (
        "reporting/tables/scores.py",
        'judges = {row["measure"]: row["judge"] for row in data if row["judge"] != _TEXT}',
        "NotEq",
        (_IDENTICAL,),
    ),
    (
        "reporting/tables/side_by_side.py",
        'if (column := paper.columns[measure]).unit == "share" and column.questions',
        "Eq",
        (_LAST, _IDENTICAL),
    ),
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
        (
            f"{_LIBRARY}/reporting/claims/differences.py",
            "pair = (better, worse) if MEASURES[measure].sign == 1 else (worse, better)",
            "ReplaceComparisonOperator_Eq_GtE",
        ): "a sign is 1 or -1",
        **{
            (
                f"{_LIBRARY}/reporting/claims/registry.py",
                'path.write_text(json.dumps(claims, indent=1, ensure_ascii=False), encoding="utf-8")',
                operator,
            ): "white space and escapes in a JSON file change no value"
            for operator in ("NumberReplacer", "ReplaceFalseWithTrue")
        },
        (
            f"{_LIBRARY}/reporting/tables/controls.py",
            'Check(control, "shift tokens", shifted, "0", shifted == 0),',
            "ReplaceComparisonOperator_Eq_LtE",
        ): "a number of tokens is never negative",
        (
            f"{_LIBRARY}/reporting/tables/draws.py",
            "predicted = [Estimate(row.mean, row.low, row.high) for row in numbers.itertuples(index=False)]",
            "ReplaceFalseWithTrue",
        ): "the columns are read by name",
        **{
            (f"{_LIBRARY}/reporting/tables/examples.py", line, operator): "a GSM answer is scored 0 or 1, or not at all"
            for line, operator in (
                ("fits &= base == 0", "ReplaceComparisonOperator_Eq_LtE"),
                (
                    'right = "not judged" if pd.isna(row["score"]) else "yes" if row["score"] == 1 else "no"',
                    "ReplaceComparisonOperator_Eq_GtE",
                ),
            )
        },
        (
            f"{_LIBRARY}/reporting/tables/judges.py",
            "both = ~np.isnan(first + second)",
            "ReplaceBinaryOperator_Add_Sub",
        ): "scores are finite or not judged, and then neither a sum nor a difference is a number",
        (
            f"{_LIBRARY}/reporting/tables/judges.py",
            'judged = data["n"] > 0',
            "ReplaceComparisonOperator_Gt_NotEq",
        ): "a number of responses is never negative",
        (
            f"{_LIBRARY}/reporting/tables/planted_depth.py",
            'assert isinstance(recipe, Finetuned) and isinstance(recipe.trained_parameters, TrainedBlocks), "checked"',
            "ReplaceAndWithOr",
        ): "both hold for every profile that is read",
        (
            f"{_LIBRARY}/reporting/tables/planted_depth.py",
            'max(abs(kl[point_name("top", m)] - kl[point_name("top", m - 1)]) '
            "for m in range(1, count + 1) if m != needed)",
            "ReplaceComparisonOperator_NotEq_IsNot",
        ): "Python keeps one object for each number up to 256, and no model has as many blocks",
        (
            f"{_LIBRARY}/reporting/tables/planted_depth.py",
            "if count > 1",
            "ReplaceComparisonOperator_Gt_NotEq",
        ): "a model has at least one block",
        (
            f"{_LIBRARY}/reporting/tables/scores.py",
            "if 0 < judged < len(questions):",
            "ReplaceComparisonOperator_Lt_NotEq",
        ): "between none and all of the questions are judged",
        (
            f"{_LIBRARY}/reporting/tables/scores.py",
            'if garbled.value > 0 and measure != "garbled":',
            "ReplaceComparisonOperator_Gt_NotEq",
        ): "a share is never negative",
    }
    | {
        (f"{_LIBRARY}/{file}", line, f"ReplaceComparisonOperator_{operator}_{way[operator]}"): (
            "of the few texts that are compared it is the first or the last in the alphabet, and one object"
        )
        for file, line, operator, ways in _TEXTS
        for way in ways
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
