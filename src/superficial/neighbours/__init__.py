"""Neighbouring methods beside the paper's, on the same questions, with the same judges, intervals and guards."""
