"""The paper's own numbers: read from published.yaml, and checked against each other; needs no model and no torch."""
