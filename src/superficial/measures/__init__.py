"""Statistics of a model pair and its head. Nothing here imports torch."""
