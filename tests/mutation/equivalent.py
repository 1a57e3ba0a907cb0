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
    ("traces/predictions.py", "for model, logits in zip(MODELS, (base, aligned, student), strict=True):"),
    ("traces/shuffle.py", "for student, teacher in zip(order.tolist(), order.roll(1).tolist(), strict=True):"),
    (
        "traces/trace.py",
        "return {number: part.tolist() for number, part in zip(numbers.tolist(), tokens, strict=True)}",
    ),
    ("traces/tracing.py", "for i, row, text_states in zip(batch.numbers, rows, hidden.cpu(), strict=True):"),
)
_AT_ONCE = (
    ("distillation/linear_map.py", "_CHUNK = 2**13"),
    ("traces/trace.py", "_CHUNK = 2**16"),
    ("traces/positions.py", "_CHUNK = 4096"),
    ("traces/predictions.py", "_CHUNK = 4096"),
    ("traces/tracing.py", "_PROMPTS_AT_ONCE = 512"),
)
_OF_TWO_AXES = (
    ("traces/kl.py", "log_teacher, log_student = teacher.log_softmax(-1), student.log_softmax(-1)"),
    ("traces/kl.py", "return (log_teacher.exp() * (log_teacher - log_student)).sum(-1)"),
    ("traces/positions.py", "target = aligned.argmax(-1)"),
    ("traces/positions.py", '"source": base.argmax(-1),'),
    ("traces/positions.py", '"student": student.argmax(-1),'),
    ("traces/positions.py", "return 1 + (logits > logits.gather(1, tokens[:, None])).sum(-1)"),
    (
        "traces/predictions.py",
        'columns.setdefault("target_rank_superficial", []).append(token_ranks(student, aligned.argmax(-1)))',
    ),
    ("traces/predictions.py", "top = logits.softmax(-1).topk(min(count, logits.shape[-1]), dim=-1)"),
)
_DATA_TYPES = (
    ("traces/output_head.py", "if hidden.dtype == torch.bfloat16 and self._in_bfloat16 is not None:"),
    ("traces/sharded_rows.py", "if index.dtype == torch.bool:"),
    (
        "traces/tracing.py",
        "return model.dtype == torch.float32 and allows_padding(model) and longest <= longest_static_length(model)",
    ),
)
_TEACHER = ("repro/stages/distil.py", 'if settings.teacher == "shuffled":')
_KIND = (
    "repro/stages/distil.py",
    'learn = _residual if settings.kind == "residual" else partial(_black_box, out)',
)
_SPLIT = (
    f"{_LIBRARY}/traces/splits.py",
    'return split_by_token(train, validation) if split == "token" else (train, validation)',
)
_STOPS = (
    "repro/stages/traces.py",
    'stops = None if split == "test" else aligned_prompting.stop_tokens(aligned_tokenizer, rows)',
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
            f"{_LIBRARY}/traces/shards.py",
            "if len(widths) > 1:",
            "ReplaceComparisonOperator_Gt_NotEq",
        ): "there is at least one shard, and so one width",
        (
            f"{_LIBRARY}/traces/trace.py",
            "@staticmethod",
            "RemoveDecorator",
        ): "the function is called on its class, never on a trace",
        (
            f"{_LIBRARY}/traces/tracing.py",
            "check_texts(model, prompts, max(limits, default=0))",
            "NumberReplacer",
        ): "without prompts there is nothing to check",
        (
            "repro/stages/traces.py",
            "size = choose_batch_size(aligned, prompts, max(limits, default=0), MEMORY_SHARE_WITH_SECOND_MODEL)",
            "NumberReplacer",
        ): "without prompts there is no batch",
        (
            "repro/stages/traces.py",
            'path.write_text(json.dumps(identities, indent=1), encoding="utf-8")',
            "NumberReplacer",
        ): "white space between the parts of a JSON file means nothing",
        (*_STOPS, "ReplaceComparisonOperator_Eq_LtE"): "the other splits, train and validation, come after test",
        (*_SPLIT, "ReplaceComparisonOperator_Eq_GtE"): "the other way to split, prompt, comes before token",
        (*_TEACHER, "ReplaceComparisonOperator_Eq_GtE"): "the other teacher, aligned, comes before shuffled",
        (*_KIND, "ReplaceComparisonOperator_Eq_GtE"): "the other kind, black-box, comes before residual",
    }
    | {
        (
            *place,
            "ReplaceComparisonOperator_Eq_Is",
        ): "the allowed texts are literals, of which Python has one object each"
        for place in (_TEACHER, _KIND, _SPLIT, _STOPS)
    }
    | {
        (f"{_LIBRARY}/{file}", line, "ReplaceComparisonOperator_Eq_Is"): "there is one object for each data type"
        for file, line in _DATA_TYPES
    }
    | {
        (f"{_LIBRARY}/{file}", line, f"ReplaceUnaryOperator_{operator}"): "there are two axes: the last is number 1"
        for file, line in _OF_TWO_AXES
        for operator in ("USub_UAdd", "Delete_USub")
    }
    | {
        (f"{_LIBRARY}/traces/{name}.py", "if TYPE_CHECKING:", "AddNot"): "an import for annotations only takes time"
        for name in ("output_head", "positions", "tracing")
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
