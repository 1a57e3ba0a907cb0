"""Hidden states of a base and an aligned model over the same responses, and what both predict at each position."""
