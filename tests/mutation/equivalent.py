"""Mutants of the sample that change nothing: (file, line of the original, operator), with the reason."""

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        "src/superficial/measures/kl.py",
        'totals, counts = (sums[kind][parts].sum(axis=1).to_numpy()[drawn].sum(-1) for kind in ("sum", "size"))',
        "ReplaceUnaryOperator_Delete_USub",
    ): "the array has two axes, so that the last one is number 1",
    (
        "src/superficial/heads/merging.py",
        "model.all_tied_weights_keys = model.get_expanded_tied_weights_keys(all_submodels=True)",
        "ReplaceTrueWithFalse",
    ): "of a causal language model only the model itself ties weights, none of its parts",
}
