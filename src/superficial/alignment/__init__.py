"""Other ways to align, and to undo it: fine-tuning on conversations (LIMA, Alpaca, the identity-shift attack)."""
