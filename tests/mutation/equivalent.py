"""Mutants that change nothing, of `equivalent.yaml`: (file, line as it was, operator)."""

from pathlib import Path

import yaml

EQUIVALENT: set[tuple[str, str, str]] = {
    (file, line, operator)
    for files in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")).values()
    for file, lines in files.items()
    for line, operators in lines.items()
    for operator in operators
}
