"""The lab: an invented language, a corpus in it, models that are trained on the corpus, and exact judges.

Only this room knows that questions or models come from the lab. Everything else reads questions and checkpoints as it
reads real ones.
"""
