"""Trains heads on traces: one module per optimizer around one exact objective."""
