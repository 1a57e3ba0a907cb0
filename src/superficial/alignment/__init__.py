"""Fine-tuning on conversations: other ways to align a model (LIMA, Alpaca), and the attack that undoes alignment."""
