"""Mutants of the sample that change nothing: (file, line of the original, operator), with the reason."""

_LIBRARY = "src/superficial"
_FROZEN = ("published/audit.py", "reporting/tables/check.py", "reporting/tables/neighbours.py")
EQUIVALENT: dict[tuple[str, str, str], str] = {
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
} | {
    (f"{_LIBRARY}/{file}", "@dataclass(frozen=True)", "ReplaceTrueWithFalse"): (
        "no code assigns to a field of these objects, or uses them as keys"
    )
    for file in _FROZEN
}
