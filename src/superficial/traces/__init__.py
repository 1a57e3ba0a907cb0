"""Hidden states of both models over the same responses."""
