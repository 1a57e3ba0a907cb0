"""Finding, loading and running language models; nothing here knows about heads or benchmarks."""
