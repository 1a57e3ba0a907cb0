"""Data made by others: rows of tables, the questions that benchmarks make of them, and the paper's split."""
