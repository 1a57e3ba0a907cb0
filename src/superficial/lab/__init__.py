"""The offline world: an invented language, a corpus in it, models trained on that corpus, and exact oracles.

Only this room knows that a question or a model comes from the lab; everything outside reads question files
and checkpoints as it would read real ones.
"""
