"""Loading checkpoints and generating with them; knows nothing about heads or benchmarks."""
