"""From recorded results to tables, figures and claims; imports no torch, so that drawing takes seconds."""
