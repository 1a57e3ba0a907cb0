"""Mutants of the sample that change nothing: (file, line of the original, operator), with the reason."""

EQUIVALENT: dict[tuple[str, str, str], str] = {}
