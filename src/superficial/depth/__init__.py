"""How deep alignment goes: bases with blocks of the aligned model, and what each layer already says."""
