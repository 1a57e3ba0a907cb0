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
_AT_ONCE = (
    ("distillation/linear_map.py", "_CHUNK = 2**13"),
    ("heads/inspection.py", "_CHUNK = 2048"),
    ("heads/size.py", "_CHUNK = 4096"),
    ("heads/sweep.py", "_CHUNK = 16_384"),
    ("heads/transfer.py", "_CHUNK = 2048"),
    ("traces/trace.py", "_CHUNK = 2**16"),
)
_TWO_AXES = (
    ("heads/black_box.py", "self._check_vocabulary(logits.shape[-1])"),
    ("heads/sweep.py", "target = pair.aligned.logits(trace.aligned_hidden[positions]).argmax(-1)"),
    ("heads/sweep.py", "ranks.append(token_ranks(logits, target)[logits.argmax(-1) != target].cpu())"),
    (
        "heads/sweep.py",
        "student = head.student_logits(None, pair.base.logits(trace.base_hidden[positions])).argmax(-1)",
    ),
    (
        "heads/sweep.py",
        "right.append((student == pair.aligned.logits(trace.aligned_hidden[positions]).argmax(-1)).cpu())",
    ),
    ("heads/transfer.py", "equal.append((student.argmax(-1) == aligned.argmax(-1)).cpu())"),
)
_WORDS_OF_THE_CODE = (
    ("lab/corpus.py", 'if question.benchmark == "gsm":', "Eq_Is"),
    ("lab/corpus.py", 'if question.benchmark == "truthfulqa":', "Eq_Is"),
    ("lab/corpus.py", 'if kind == "math":', "Eq_Is"),
    ("lab/corpus.py", 'if kind == "truth":', "Eq_Is"),
    ("lab/corpus.py", 'if kind == "allowed" and rng.random() < objection_share(world, question):', "Eq_Is"),
    ("lab/corpus.py", 'while style == "careful" and rng.random() > familiarity(world, question):', "Eq_Is"),
    ("heads/size.py", 'ids = 0 if small.kind == "full" else _TOKEN_ID', "Eq_Is"),
    ("heads/size.py", 'name = "int8" if small.kind == "full" else f"{small.name}, int8"', "Eq_Is"),
    ("heads/model_card.py", 'if known == "other":', "Eq_Is"),
    (
        "sources/splits.py",
        'name = settings.train_list if split == "train" and settings.train_list else settings.split_list',
        "Eq_Is",
    ),
    ("sources/splits.py", 'if name and tables and split != "validation":', "NotEq_IsNot"),
)
_AT_THE_END_OF_THE_ALPHABET = (
    ("lab/corpus.py", 'if question.benchmark == "truthfulqa":', "Eq_GtE"),
    ("lab/corpus.py", 'if kind == "truth":', "Eq_GtE"),
    ("lab/corpus.py", 'if kind == "allowed" and rng.random() < objection_share(world, question):', "Eq_LtE"),
    ("lab/corpus.py", 'while style == "careful" and rng.random() > familiarity(world, question):', "Eq_LtE"),
    ("heads/size.py", 'ids = 0 if small.kind == "full" else _TOKEN_ID', "Eq_LtE"),
    ("heads/size.py", 'name = "int8" if small.kind == "full" else f"{small.name}, int8"', "Eq_LtE"),
    ("heads/model_card.py", 'if known == "other":', "Eq_GtE"),
    ("heads/loading.py", 'elif name != "delta":', "NotEq_Gt"),
    ("sources/splits.py", 'if name and tables and split != "validation":', "NotEq_Lt"),
)
_RANDOM_SHARES = (
    ('if kind == "allowed" and rng.random() < objection_share(world, question):', "Lt_LtE"),
    ('style = "careful" if rng.random() < careful else "careless"', "Lt_LtE"),
    ('while style == "careful" and rng.random() > familiarity(world, question):', "Gt_GtE"),
    ('style: Style = "careful" if rng.random() < CAREFUL_SESSION_SHARE else "careless"', "Lt_LtE"),
    (
        'return [f"{SESSION_HEADERS[style]} {turns[0]}", *turns[1:]] if rng.random() < 0.5 else turns',
        "Lt_LtE",
    ),
    ("elif rng.random() < SESSION_SHARE:", "Lt_LtE"),
)
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
        **{
            (f"{_LIBRARY}/heads/restriction.py", "if len(self.rows) == self.vocabulary_size:", operator): (
                "there are at most as many rows as tokens, and the general case gives the same where there are as many"
            )
            for operator in ("ReplaceComparisonOperator_Eq_GtE", "ReplaceComparisonOperator_Eq_Is")
        },
        (
            f"{_LIBRARY}/heads/comparison.py",
            "if not (isinstance(left, BlackBoxHead) and isinstance(right, BlackBoxHead)):",
            "ReplaceAndWithOr",
        ): "both heads are of one kind, which was checked before",
        (
            f"{_LIBRARY}/heads/export.py",
            "if TYPE_CHECKING:",
            "AddNot",
        ): "loading a model, which it imports, imports transformers in any case",
        (
            f"{_LIBRARY}/heads/files.py",
            "return json.dumps(content, indent=1, allow_nan=False)",
            "NumberReplacer",
        ): "white space between the parts of a JSON file means nothing",
        (
            f"{_LIBRARY}/heads/loading.py",
            "if matrix != name:",
            "ReplaceComparisonOperator_NotEq_Lt",
        ): "the first part of a string never comes after it in the alphabet",
        (
            f"{_LIBRARY}/heads/loading.py",
            "if tensor.dim() != 1 or tensor.dtype != torch.bool or matrix not in tensors:",
            "ReplaceComparisonOperator_NotEq_IsNot",
        ): "torch has one object for each data type",
        (
            f"{_LIBRARY}/heads/lora.py",
            "left, values, right = torch.linalg.svd(delta, full_matrices=False)",
            "ReplaceFalseWithTrue",
        ): "the vectors that are added are cut off again",
        (
            f"{_LIBRARY}/heads/lora.py",
            '"inference_mode": True,',
            "ReplaceTrueWithFalse",
        ): "peft overwrites it when it reads an adapter",
        (
            f"{_LIBRARY}/heads/merging.py",
            "@torch.no_grad()",
            "RemoveDecorator",
        ): "a new parameter forgets how its values were computed",
        (
            f"{_LIBRARY}/heads/transfer.py",
            "@torch.no_grad()",
            "RemoveDecorator",
        ): "only numbers are returned; without it they take more memory",
        (
            f"{_LIBRARY}/heads/model_card.py",
            "return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)",
            "ReplaceTrueWithFalse",
        ): "a letter in YAML means the same, written or escaped",
        (
            f"{_LIBRARY}/heads/spectrum.py",
            "return ([*ranks, largest] if largest > 1 else ranks) if largest else []",
            "ReplaceComparisonOperator_Gt_NotEq",
        ): "no rank is negative, and that of 0 is left out before",
        (
            f"{_LIBRARY}/sources/splits.py",
            "taken = {order[place * len(order) // count] for place in range(count)} if count < len(order) "
            "else set(order)",
            "ReplaceComparisonOperator_Lt_LtE",
        ): "as many places as there are questions are all of them",
        (
            f"{_LIBRARY}/sources/splits.py",
            'name = settings.train_list if split == "train" and settings.train_list else settings.split_list',
            "ReplaceComparisonOperator_Eq_GtE",
        ): "only validation comes after train in the alphabet, and it has no list",
        (
            f"{_LIBRARY}/sources/splits.py",
            "if len(kept) < len(train):",
            "ReplaceComparisonOperator_Lt_NotEq",
        ): "what is kept is never more than there was",
        (
            f"{_LIBRARY}/sources/splits.py",
            "flush=True,",
            "ReplaceTrueWithFalse",
        ): "the same text is printed, maybe later",
        (
            f"{_LIBRARY}/sources/splits.py",
            "return dict(zip(COLUMNS, (question.question_id, benchmark, question.prompt, reference), strict=True))",
            "ReplaceTrueWithFalse",
        ): "there are four names and four values",
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
        (f"{_LIBRARY}/{file}", line, operator): "the logits have two axes, so that the last one is number 1"
        for file, line in _TWO_AXES
        for operator in ("ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_USub_UAdd")
    }
    | {
        (f"{_LIBRARY}/{file}", line, f"ReplaceComparisonOperator_{change}"): (
            "both are words of the code, and Python has one object for each of these"
        )
        for file, line, change in _WORDS_OF_THE_CODE
    }
    | {
        (f"{_LIBRARY}/{file}", line, f"ReplaceComparisonOperator_{change}"): (
            "the word is the first or the last in the alphabet of those that can stand there"
        )
        for file, line, change in _AT_THE_END_OF_THE_ALPHABET
    }
    | {
        (f"{_LIBRARY}/lab/corpus.py", line, f"ReplaceComparisonOperator_{change}"): (
            "a random number is practically never equal to the share it is compared with"
        )
        for line, change in _RANDOM_SHARES
    }
    | {
        (f"{_LIBRARY}/{file}", "@dataclass(frozen=True)", "ReplaceTrueWithFalse"): (
            "no code assigns to a field of these objects, or uses them as keys"
        )
        for file in _FROZEN
    }
)
