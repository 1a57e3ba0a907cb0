"""The report on anyone's pair of models: how much of an alignment is in the output head, on held-out prompts."""
